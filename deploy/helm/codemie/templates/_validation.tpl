{{/* What the schema cannot say: values that need each other. Each message says what to set. */}}
{{- define "codemie.validate" -}}
{{- $lb := .Values.plugins.loadBalancer -}}
{{- if not .Values.url -}}
{{- fail "\n\nSet url: where people open the platform, e.g. https://ai.example.com" -}}
{{- end -}}
{{- if and .Values.postgresql.enabled .Values.database.existingSecret -}}
{{- fail "\n\nTwo databases: set postgresql.enabled=false to use the one of database.existingSecret, or leave database.existingSecret empty." -}}
{{- end -}}
{{- if not (or .Values.postgresql.enabled .Values.database.existingSecret) -}}
{{- fail "\n\nNo database: name the secret with its address in database.existingSecret, or set postgresql.enabled=true for a trial." -}}
{{- end -}}
{{- if and (not .Values.nats.enabled) (not .Values.secrets.existingSecret) -}}
{{- fail "\n\nnats.enabled=false needs secrets.existingSecret: its CODEMIE_NATS_URL says where your NATS is." -}}
{{- end -}}
{{- if and .Values.oauth2Proxy.enabled (ne .Values.ingress.controller "nginx") -}}
{{- fail "\n\noauth2Proxy.enabled needs ingress.controller=nginx: other controllers do not ask a proxy about each request." -}}
{{- end -}}
{{- if and .Values.oauth2Proxy.enabled (not .Values.ingress.enabled) -}}
{{- fail "\n\noauth2Proxy.enabled needs ingress.enabled=true: without an ingress nobody would ask the proxy, and nobody could sign in. Where something else makes the load balancers, leave oauth2Proxy off and give identity.oidc.clientId." -}}
{{- end -}}
{{- if and (eq .Values.worker.autoscaling.mode "external") (not .Values.worker.autoscaling.metric) -}}
{{- fail "\n\nworker.autoscaling.mode=external needs worker.autoscaling.metric: the name of a metric of yours. With mode=queue KEDA counts the work itself." -}}
{{- end -}}
{{- if and .Values.oauth2Proxy.enabled (ne .Values.identity.mode "oidc") -}}
{{- fail "\n\noauth2Proxy.enabled needs identity.mode=oidc, with the issuer whose tokens it passes on." -}}
{{- end -}}
{{- if and (eq .Values.identity.mode "oidc") (not .Values.identity.oidc.issuer) -}}
{{- fail "\n\nidentity.mode=oidc needs identity.oidc.issuer, e.g. https://keycloak.example.com/realms/codemie-prod" -}}
{{- end -}}
{{- if and .Values.keycloakRealm.enabled (not (and .Values.keycloakRealm.url .Values.keycloakRealm.existingSecret)) -}}
{{- fail "\n\nkeycloakRealm.enabled needs keycloakRealm.url and keycloakRealm.existingSecret." -}}
{{- end -}}
{{- if and .Values.ingress.enabled (eq .Values.ingress.controller "alb") (not .Values.ingress.tls.certificateArn) -}}
{{- fail "\n\ningress.controller=alb needs ingress.tls.certificateArn: that load balancer ends TLS with a certificate of ACM." -}}
{{- end -}}
{{- if and $lb.enabled (eq $lb.tls.endsAt "platform") (ne $lb.target "api") -}}
{{- fail "\n\nplugins.loadBalancer.target=nats needs plugins.loadBalancer.tls.endsAt=loadBalancer: NATS in the cluster speaks no TLS. Use target=api where the platform is to end it." -}}
{{- end -}}
{{- if and $lb.enabled (eq $lb.target "nats") (not .Values.nats.enabled) -}}
{{- fail "\n\nplugins.loadBalancer.target=nats needs nats.enabled=true." -}}
{{- end -}}
{{- if and $lb.enabled (eq $lb.tls.endsAt "platform") (not $lb.tls.secretName) -}}
{{- fail "\n\nplugins.loadBalancer needs plugins.loadBalancer.tls.secretName: the certificate of the port for agents." -}}
{{- end -}}
{{- if and .Values.nodePorts.enabled .Values.ingress.enabled -}}
{{- fail "\n\nnodePorts.enabled needs ingress.enabled=false: two ways in would each need a certificate and a rule of their own." -}}
{{- end -}}
{{- if and $lb.enabled (not .Values.nodePorts.enabled) (eq $lb.tls.endsAt "loadBalancer") (or (ne .Values.cloud "aws") (not $lb.tls.certificateArn)) -}}
{{- fail "\n\nplugins.loadBalancer.tls.endsAt=loadBalancer needs cloud=aws and plugins.loadBalancer.tls.certificateArn: only there a Service asks for a load balancer that ends TLS." -}}
{{- end -}}
{{- end -}}
