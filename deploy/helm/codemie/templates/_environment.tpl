{{/* One entry of `env:` from a secret. Given: name, secret, key. */}}
{{- define "codemie.fromSecret" -}}
- name: {{ .name }}
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key | default .name }}}}
{{- end -}}

{{- define "codemie.databaseUrl" -}}
{{ include "codemie.fromSecret" (dict "name" "CODEMIE_DATABASE_URL" "secret" (include "codemie.databaseSecret" .) "key" (include "codemie.databaseKey" .)) }}
{{- end -}}

{{- define "codemie.migrateEnvironment" -}}
{{ include "codemie.databaseUrl" . }}
{{ include "codemie.fromSecret" (dict "name" "CODEMIE_ADMIN_PASSWORD" "secret" (include "codemie.secretName" .)) }}
- {name: CODEMIE_ADMIN_EMAIL, value: {{ .Values.identity.adminEmail | quote }}}
{{- end -}}

{{/* The plain variables of API and worker; those of `settings` win. */}}
{{- define "codemie.plain" -}}
{{- $oidc := .Values.identity.oidc -}}
CODEMIE_FRONTEND_URL: {{ trimSuffix "/" .Values.url | quote }}
CODEMIE_ADMIN_EMAIL: {{ .Values.identity.adminEmail | quote }}
CODEMIE_IDENTITY_MODE: {{ .Values.identity.mode }}
CODEMIE_IDENTITY_TRUSTED_PROXIES: {{ join " " .Values.identity.trustedProxies | quote }}
{{- if eq .Values.identity.mode "oidc" }}
CODEMIE_IDENTITY_OIDC_ISSUER: {{ $oidc.issuer | quote }}
CODEMIE_IDENTITY_MEMBERSHIP_SYNC: {{ $oidc.membershipSync }}
{{- with $oidc.clientId }}
CODEMIE_IDENTITY_OIDC_CLIENT_ID: {{ . | quote }}
{{- end }}
{{- with $oidc.name }}
CODEMIE_IDENTITY_OIDC_NAME: {{ . | quote }}
{{- end }}
{{- end }}
{{- if .Values.oauth2Proxy.enabled }}
CODEMIE_IDENTITY_SIGN_OUT_URL: /oauth2/sign_out?rd=%2F
{{- end }}
{{- if .Values.models.file }}
CODEMIE_MODELS_FILE: /etc/codemie/models/models.yaml
{{- end }}
{{- with .Values.plugins.loadBalancer }}
{{- if and .enabled .hostname }}
CODEMIE_PLUGINS_CLIENT_URI: tls://{{ .hostname }}:{{ .port }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "codemie.environment" -}}
{{- $secret := include "codemie.secretName" . -}}
{{ include "codemie.databaseUrl" . }}
{{- range list "CODEMIE_MASTER_KEY" "CODEMIE_PLUGINS_BROKER_SECRET" "CODEMIE_NATS_URL" "CODEMIE_KERNEL_METRICS_TOKEN" }}
{{ include "codemie.fromSecret" (dict "name" . "secret" $secret) }}
{{- end }}
{{- if and (eq .Values.identity.mode "oidc") .Values.identity.oidc.existingSecret }}
{{ include "codemie.fromSecret" (dict "name" "CODEMIE_IDENTITY_OIDC_CLIENT_SECRET" "secret" .Values.identity.oidc.existingSecret) }}
{{- end }}
{{- $plain := mergeOverwrite (include "codemie.plain" . | fromYaml) .Values.settings }}
{{- range $name, $value := $plain }}
{{- /* A whole number of values.yaml is a float, which would be written as 1e+06. */}}
- {name: {{ $name }}, value: {{ ternary (printf "%.0f" (float64 $value)) (toString $value) (and (kindIs "float64" $value) (eq (float64 $value) (floor $value))) | quote }}}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Only the API opens the port for agents. */}}
{{- define "codemie.listenEnvironment" -}}
{{- if include "codemie.apiListens" . }}
- {name: CODEMIE_PLUGINS_LISTEN, value: "0.0.0.0:4222"}
{{- if eq .Values.plugins.loadBalancer.tls.endsAt "platform" }}
- {name: CODEMIE_PLUGINS_TLS_CERTIFICATE, value: /etc/codemie/plugins-tls/tls.crt}
- {name: CODEMIE_PLUGINS_TLS_KEY, value: /etc/codemie/plugins-tls/tls.key}
{{- else }}
- {name: CODEMIE_PLUGINS_TLS_ELSEWHERE, value: "true"}
{{- end }}
{{- end }}
{{- end -}}
