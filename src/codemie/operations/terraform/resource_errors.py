"""Errors of what Terraform makes and deletes, and of the tools and the way to the cloud."""

from codemie.operations.terraform.signature import known

LIMITS = (
    known(
        "quota.vcpu",
        r"VcpuLimitExceeded(?:.*?current vCPU limit of (?P<limit>\d+))?",
        "The account may not run so many processors of this family[: the limit is {limit}]",
        "Ask for more: aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-1216C47A"
        " --desired-value N",
        "Until then, lower the size or the number of nodes",
        faq="F32",
    ),
    known(
        "quota.azure",
        # AKS says it in words of its own: ErrCode_InsufficientVCPUQuota.
        r"(QuotaExceeded|OperationNotAllowed.*quota|exceeding approved (?P<what>.+?) quota|Insufficient(?:VCPU)?Quota"
        r"|insufficient regional vcpu quota)",
        "The subscription's quota is used up[: {what}]",
        "Look at it: az vm list-usage --location REGION -o table; ask for more in the portal under Quotas",
        faq="F32",
    ),
    known(
        "quota.gcp",
        # GKE asks before it begins, and says so in words of its own.
        r"(quota(?: to satisfy request: resource)? [\\'\"]+(?P<what>[\w-]+)[\\'\"]+(?: exceeded|:)"
        r"(?:\. +limit: (?P<limit>[\d.]+))?|QUOTA_EXCEEDED|quotaExceeded)",
        "The project's quota[ {what}] is used up[: the limit is {limit}]",
        "Ask for more in the console under IAM, Quotas; look at it: gcloud compute regions describe REGION",
        faq="F32",
    ),
    known(
        "throttled",
        r"(ThrottlingException|Throttling:|Rate exceeded|RequestLimitExceeded|TooManyRequests|rateLimitExceeded)",
        "The cloud's interface was asked too often",
        "Run it again, with less at once: terraform apply -parallelism=3",
        faq="F35",
    ),
    known(
        "quota",
        r"(?P<what>\w*LimitExceeded\w*|ServiceQuotaExceeded\w*"
        r"|maximum number of (?P<thing>[\w ]+?) (has been|is) reached)",
        "A limit of the account is reached[: {what}]",
        "See what is in use and the limit in Service Quotas, delete what is left over, or ask for more",
        faq="F32",
    ),
    known(
        "capacity",
        r"(InsufficientInstanceCapacity|SkuNotAvailable|ZONE_RESOURCE_POOL_EXHAUSTED|UnfulfillableCapacity|AllocationFailed)",
        "The cloud has no machine of this kind left in this zone just now",
        "Give another instance type or another zone; quotas do not help here",
        faq="F34",
    ),
)

ACCOUNT = (
    known(
        "account.region",
        r"(OptInRequired|not enabled in this account|region .* is disabled|AuthFailure.*region)",
        "The region, or the service in it, is not switched on for this account",
        "Switch it on under Account, AWS Regions; it takes some minutes",
        faq="F34",
    ),
    known(
        "account.provider",
        r"(MissingSubscriptionRegistration|not registered to use namespace '(?P<name>[\w.]+)')",
        "The subscription has not registered the resource provider[ {name}]",
        "Run: az provider register --namespace {name}",
        faq="F34",
    ),
    known(
        "account.api",
        r"((?P<name>\w[\w ]* API) has not been used in project (?P<project>[\w-]+)|SERVICE_DISABLED"
        r"|accessNotConfigured)(?:.*?\b(?P<service>[\w-]+\.googleapis\.com))?",
        "The project has not enabled an interface of the cloud[: {name}]",
        "Enable it, and wait for two minutes: gcloud services enable {service}[ --project {project}]",
        faq="F34",
    ),
    known(
        "account.billing",
        r"(BILLING_DISABLED|billing account .*(closed|disabled)|ReadOnlyDisabledSubscription|SubscriptionNotFound)",
        "The subscription is switched off, or nobody pays for the project",
        "Ask who looks after billing",
        faq="F34",
    ),
)

NAMES = (
    known(
        "names.deleted",
        r"(soft-?deleted|FlagMustBeSetForRestore|recently deleted|is in a deleted state|scheduled for deletion)",
        "Something of this name was deleted a short while ago, and keeps the name",
        "Choose another name, recover the old one, or purge it (az keyvault purge --name …)",
        faq="F37",
    ),
    known(
        "names.bucket_taken",
        r"BucketAlreadyExists",
        "A bucket of this name exists in somebody else's account: such names are unique in the world",
        "Choose another name in the values",
        faq="F37",
    ),
    known(
        "names.exists",
        r"(BucketAlreadyOwnedByYou|AlreadyExists|already exists|ResourceInUseException|DuplicateLoadBalancerName"
        r"|InvalidKeyPair\.Duplicate)",
        "It is there already, but not in this state",
        "If it is yours: terraform import {address} ID; if it was left over by a run that broke off, delete it",
        faq="F37",
    ),
    known(
        "names.invalid",
        r"(InvalidBucketName|InvalidLoadBalancerName|cannot be longer than|must be between \d+ and \d+ characters"
        r"|only (lowercase )?alphanumeric characters)",
        "A name breaks a rule of the cloud",
        "Choose a name of 2 to 15 small letters, digits and hyphens",
        faq="F37",
    ),
)

VALUES = (
    known(
        "vars.missing",
        r"no value for required variable(?:.*?variable \"(?P<name>[\w-]+)\")?",
        "A variable has no value[: {name}]",
        "Add it to terraform.tfvars",
        faq="F36",
    ),
    known(
        "vars.invalid",
        r"invalid value for (input )?variable",
        "A variable has a value that its rule refuses",
        "Correct it in terraform.tfvars as the error says",
        faq="F36",
    ),
    known(
        "vars.unknown",
        r"value for undeclared variable(?:.*?variable named \"(?P<name>[\w-]+)\")?",
        "A value is given for a variable that does not exist[: {name}]",
        "Look for a typing error in terraform.tfvars: codemiectl preflight --tfvars terraform.tfvars names the nearest",
        faq="F36",
    ),
    known(
        "values.zone",
        r"(InvalidAvailabilityZone|parameter availabilityZone is invalid|Invalid availability zone)",
        "An availability zone does not exist in the region",
        "Look which there are: aws ec2 describe-availability-zones --region REGION",
        faq="F36",
    ),
    known(
        "values.cidr",
        r"(InvalidSubnet\.(Conflict|Range)|InvalidVpc\.?Range|NetcfgSubnetRangesOverlap"
        r"|conflicts with another subnet|overlaps? with)",
        "Address ranges overlap, or lie outside their network",
        "Correct the CIDR variables; codemiectl preflight --tfvars checks them before",
        faq="F36",
    ),
    known(
        "values.engine",
        r"(cannot find version (?P<version>[\d.]+) for postgres|unsupported Kubernetes version"
        r"|InvalidParameterValue.*version)",
        "The cloud does not offer this version (any more) in this region",
        "Look which there are: aws rds describe-db-engine-versions --engine postgres",
        "For the cluster: aws eks describe-cluster-versions",
        faq="F36",
    ),
    known(
        "values.instance",
        r"(InvalidParameterCombination|InstanceTypeNotSupported|requested configuration is currently not supported"
        r"|requested instance type .* not supported|RDS does not support creating a DB instance)",
        "This kind of machine is not offered in the zone, or not together with another value",
        "Look where it is: aws ec2 describe-instance-type-offerings --location-type availability-zone",
        faq="F36",
    ),
    known(
        "configuration",
        r"(invalid (expression|reference|function argument)|unsupported (argument|attribute|block type)"
        r"|missing required argument|reference to undeclared|argument or block definition required)",
        "The configuration itself is not valid",
        "Correct it where the error points to, then run: terraform validate",
        faq="F36",
    ),
)

TOOLS = (
    known(
        "version.core",
        r"unsupported Terraform Core version(?:.*?does not support Terraform version (?P<version>[\d.]+))?",
        "This Terraform[, {version},] is not one that the configuration is made for",
        "Install a version within required_version",
        faq="F35",
        is_root=True,
    ),
    known(
        "version.provider",
        r"(inconsistent dependency lock file|no available releases match|does not match (configured|any of the) )",
        "The providers that are locked do not fit those that are asked for",
        "Run: terraform init -upgrade, and commit .terraform.lock.hcl",
        faq="F35",
        is_root=True,
    ),
    known(
        "provider.download",
        r"(failed to query available provider packages|failed to install provider|could not connect to registry)",
        "A provider cannot be fetched",
        "Look whether registry.terraform.io and releases.hashicorp.com are reachable, and HTTPS_PROXY is set",
        "Without the internet, use a mirror: terraform providers mirror, and provider_installation in the CLI settings",
        faq="F35",
        is_root=True,
    ),
    known(
        "disk",
        r"no space left on device",
        "The disk of this machine is full",
        "Free some; TF_PLUGIN_CACHE_DIR lets folders share their providers",
        faq="F35",
        is_root=True,
    ),
)

WAY = (
    known(
        "net.name",
        r"(no such host|server misbehaving|temporary failure in name resolution)(?:.*)",
        "A name of the cloud is not resolved here",
        "Look at this machine's DNS: codemiectl net dns NAME",
        faq="F35",
    ),
    known(
        "net.certificate",
        r"(x509: certificate|certificate signed by unknown authority|tls: failed to verify)",
        "Something on the way presents a certificate of its own: a proxy that looks into TLS",
        "Give its authority: AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE or the system's store",
        faq="F66",
    ),
    known(
        "net.blocked",
        r"(i/o timeout|connection refused|connection reset|TLS handshake timeout|proxyconnect|network is unreachable)",
        "The cloud's interface cannot be reached from here",
        "Look at firewall and proxy: HTTPS_PROXY, NO_PROXY",
        faq="F66",
    ),
)

LATER = (
    known(
        "dns.zone",
        r"(no matching Route ?53 (Hosted )?Zone|NoSuchHostedZone|couldn't find .*hosted zone|no matching .*zone found)",
        "There is no public zone of this name in the account",
        "Make the zone and delegate it from the parent's name servers, then run it again",
        faq="F55",
    ),
    known(
        "certificate.validation",
        r"(waiting for ACM Certificate .*issued|certificate .*PENDING_VALIDATION|ValidationTimedOut)",
        "The certificate is not issued: its validation record is not seen from outside",
        "Compare the zone's name servers with those of the parent: codemiectl net dns DOMAIN",
        faq="F58",
    ),
    known(
        "destroy.protected",
        r"(deletion protection|DeletionProtection|prevent_destroy|instance cannot be destroyed)",
        "It is protected from being deleted, and that is meant",
        "Read the plan: why is it to be replaced? Only where it may go, switch the protection off in a step of its own",
        faq="F41",
    ),
    known(
        "destroy.not_empty",
        r"(BucketNotEmpty|is not empty)",
        "It still holds something",
        "Save what is in it, empty it, all versions included, and run it again",
        faq="F35",
    ),
    known(
        "destroy.dependency",
        r"(DependencyViolation|has dependencies and cannot be deleted|has a dependent object|ResourceInUse|in use by)",
        "Something that Terraform does not know still uses it, often a load balancer that Kubernetes made",
        "Delete the ingress and the services of type LoadBalancer first, then look for leftover network interfaces",
        faq="F35",
    ),
    known(
        "inconsistent",
        r"provider produced (an )?inconsistent (final plan|result after apply)",
        "The cloud answered otherwise than the provider had planned; mostly it is not there yet",
        "Run it again; if it comes back, pin the provider one version lower",
        faq="F35",
    ),
    known(
        "interrupted",
        r"(interrupt received|operation (was )?cancell?ed|execution halted|signal: killed|plugin did not respond)",
        "The run was ended before it was through",
        "Run it again; if the state is locked then, see tf.log.state.lock",
        faq="F40",
    ),
    known(
        "timeout",
        r"(timeout while waiting for (state|resource)|context deadline exceeded|waiting for .* to be created)",
        "The cloud did not finish it in time",
        "Look at its events in the console: nodes that cannot join need a way out to the internet or the endpoints",
        faq="F35",
    ),
)
