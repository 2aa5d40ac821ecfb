{{- define "codemie.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "codemie.selector" -}}
app.kubernetes.io/name: codemie
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "codemie.labels" -}}
{{ include "codemie.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* An image by digest or tag, from the mirror where there is one. */}}
{{- define "codemie.image" -}}
{{- $registry := .root.Values.imageRegistry | default .image.registry -}}
{{- $name := printf "%s/%s" $registry .image.repository | trimPrefix "/" -}}
{{- if .image.digest -}}{{ $name }}@{{ .image.digest }}
{{- else -}}{{ $name }}:{{ .image.tag | default .root.Chart.AppVersion }}{{- end -}}
{{- end -}}

{{- define "codemie.platformImage" -}}
{{ include "codemie.image" (dict "root" . "image" .Values.image) }}
{{- end -}}

{{- define "codemie.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "codemie.secretName" -}}
{{ .Values.secrets.existingSecret | default (include "codemie.fullname" .) }}
{{- end -}}

{{- define "codemie.databaseSecret" -}}
{{- if .Values.postgresql.enabled -}}{{ include "codemie.fullname" . }}-postgresql
{{- else -}}{{ .Values.database.existingSecret }}{{- end -}}
{{- end -}}

{{- define "codemie.databaseKey" -}}
{{ ternary "CODEMIE_DATABASE_URL" .Values.database.key .Values.postgresql.enabled }}
{{- end -}}

{{- define "codemie.migrationMode" -}}
{{- if eq .Values.migrations.mode "auto" -}}{{ ternary "init" "hook" .Values.postgresql.enabled }}
{{- else -}}{{ .Values.migrations.mode }}{{- end -}}
{{- end -}}

{{- define "codemie.host" -}}
{{ (urlParse .Values.url).hostname }}
{{- end -}}

{{/* Whether agents have a port at the API. */}}
{{- define "codemie.apiListens" -}}
{{- if and .Values.plugins.loadBalancer.enabled (eq .Values.plugins.loadBalancer.target "api") }}yes{{ end -}}
{{- end -}}

{{/* Whether GKE's own controller makes the load balancer for people. */}}
{{- define "codemie.gce" -}}
{{- if and .Values.ingress.enabled (eq .Values.ingress.controller "gce") }}yes{{ end -}}
{{- end -}}
{{/* What tells the AWS Load Balancer Controller to let a load balancer keep a log, as deploy/terraform/aws does. */}}
{{- define "codemie.accessLog" -}}
{{- with .root.Values.aws.logBucket -}}
,access_logs.s3.enabled=true,access_logs.s3.bucket={{ . }},access_logs.s3.prefix={{ $.prefix }}
{{- end -}}
{{- end -}}
