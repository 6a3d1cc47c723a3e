{{- define "halfshake.fullname" -}}
{{- if contains "halfshake" .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-halfshake" .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "halfshake.selector" -}}
app.kubernetes.io/name: halfshake
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "halfshake.labels" -}}
{{ include "halfshake.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "halfshake.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "halfshake.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "halfshake.probe" -}}
{{- if . -}}
tcpSocket: {port: http}
{{- else -}}
httpGet: {path: /-/healthy, port: http}
{{- end -}}
{{- end -}}
