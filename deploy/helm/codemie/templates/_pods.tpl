{{/* Pod security: what the standard "restricted" asks for, and a root file system that nobody writes to. */}}
{{- define "codemie.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .user }}
runAsGroup: {{ .user }}
fsGroup: {{ .user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "codemie.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Pods of one component go to different nodes and zones where they can. */}}
{{- define "codemie.spread" -}}
{{- range $place := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
- maxSkew: 1
  topologyKey: {{ $place }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- include "codemie.selector" $ | nindent 6 }}
{{- end }}
{{- end -}}

{{/* What API, worker and toolbox have in common. Given: root, component, values; account: whose service account it has. */}}
{{- define "codemie.platformPod" -}}
metadata:
  labels: {{- include "codemie.labels" (dict "root" .root "component" .component) | nindent 4 }}
    {{- with .root.Values.serviceAccount.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    checksum/models: {{ .root.Values.models.file | sha256sum }}
    {{- with .values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  {{- include "codemie.pullSecrets" .root | nindent 2 }}
  serviceAccountName: {{ include "codemie.fullname" .root }}-{{ .account | default .component }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext: {{- include "codemie.podSecurity" (dict "user" 10001) | nindent 4 }}
  topologySpreadConstraints: {{- include "codemie.spread" (dict "root" .root "component" .component) | nindent 4 }}
  {{- with .values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if and (eq (include "codemie.migrationMode" .root) "init") (ne .component "toolbox") }}
  initContainers:
    - name: migrate
      {{- include "codemie.migrateContainer" .root | nindent 6 }}
  {{- end }}
  volumes: {{- include "codemie.volumes" . | nindent 4 }}
{{- end -}}

{{- define "codemie.volumes" -}}
- name: home
  emptyDir: {sizeLimit: {{ .values.homeSize }}}
- name: tmp
  emptyDir: {sizeLimit: 2Gi}
{{- if .root.Values.models.file }}
- name: models
  configMap: {name: {{ include "codemie.fullname" .root }}-models}
{{- end }}
{{- if and (eq .component "api") (include "codemie.apiListens" .root) (eq .root.Values.plugins.loadBalancer.tls.endsAt "platform") }}
- name: plugins-tls
  secret: {secretName: {{ .root.Values.plugins.loadBalancer.tls.secretName }}, defaultMode: 0440}
{{- end }}
{{- end -}}

{{- define "codemie.mounts" -}}
- {name: home, mountPath: /var/lib/codemie}
- {name: tmp, mountPath: /tmp}
{{- if .root.Values.models.file }}
- {name: models, mountPath: /etc/codemie/models, readOnly: true}
{{- end }}
{{- end -}}

{{- define "codemie.migrateContainer" -}}
image: {{ include "codemie.platformImage" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [migrate]
env: {{- include "codemie.migrateEnvironment" . | nindent 2 }}
securityContext: {{- include "codemie.containerSecurity" . | nindent 2 }}
resources: {{- toYaml .Values.migrations.resources | nindent 2 }}
volumeMounts:
  - {name: home, mountPath: /var/lib/codemie}
  - {name: tmp, mountPath: /tmp}
{{- end -}}
