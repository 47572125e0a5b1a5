{{- define "winnow.labels" -}}
app.kubernetes.io/name: winnow
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "winnow.metadata" -}}
name: {{ .root.Release.Name }}-{{ .component }}
labels:
  {{- include "winnow.labels" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* What all pods have alike. */}}
{{- define "winnow.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
volumes:
  - name: tmp
    emptyDir: {}
  {{- if ne .component "migrate" }}
  - name: storage
    persistentVolumeClaim: { claimName: {{ .root.Values.storage.claim }} }
  {{- end }}
  {{- with .kernelCache }}
  - name: kernels
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* What all containers have alike; an image's user is 1000. */}}
{{- define "winnow.container" -}}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - name: tmp
    mountPath: /tmp
  {{- if ne .component "migrate" }}
  - name: storage
    mountPath: /var/lib/winnow
  {{- end }}
  {{- if .kernelCache }}
  - name: kernels
    mountPath: /var/cache/winnow
  {{- end }}
envFrom:
  - secretRef: { name: {{ .root.Values.secrets.service }} }
{{- end }}

{{/* The settings of all programs, then those of this one, which count. */}}
{{- define "winnow.settings" -}}
{{- $settings := mergeOverwrite (dict) (.root.Values.settings | default dict) (.settings | default dict) }}
{{- range $name, $value := $settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "winnow.workerContainer" -}}
{{- include "winnow.container" . }}
env:
  - name: WORKER_ROLES
    value: {{ .role }}
  - name: STORAGE_DIR
    value: /var/lib/winnow/storage
  - name: HEALTH_HOST
    value: 0.0.0.0
  - name: HEALTH_PORT
    value: "8081"
  {{- include "winnow.settings" . | nindent 2 }}
ports:
  - name: health
    containerPort: 8081
livenessProbe:
  httpGet: { path: /healthz, port: health }
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 6
resources:
  {{- toYaml .resources | nindent 2 }}
{{- end }}
