"""Errors of the state, of the sign-in and of rights: what keeps Terraform from beginning."""

from codemie.operations.terraform.signature import known

STATE = (
    known(
        "state.lock",
        # Terraform's headline is the same for a corrupted state and for a denial, which it meets while it locks.
        r"error acquiring the state lock.*?(?:lock info|already locked|PreconditionFailed|ConditionalCheckFailed"
        r"|resource temporarily unavailable)"
        r"(?:.*?\bID:\s+(?P<id>[\w./-]+))?(?:.*?\bPath:\s+(?P<path>\S+))?(?:.*?\bOperation:\s+(?P<operation>\S+))?(?:.*?\bWho:\s+(?P<who>\S+))?"
        r"(?:.*?\bCreated:\s+(?P<created>[\d-]+ [\d:]+))?",
        "Somebody holds the lock of the state[: {who}][, for {operation}][, since {created} UTC]",
        "Ask whoever holds it whether that run goes on, and wait: a lock younger than two hours is seldom stale",
        "Only when nobody runs it any more: terraform force-unlock {id}",
        faq="F40",
        is_root=True,
    ),
    known(
        "state.unlock",
        r"failed to unlock state(?:.*?key '(?P<file>\S+\.tflock)')?(?:.*?\bPath:\s+(?P<path>\S+))?",
        "Only a part of the lock was there, or it is another one's by now",
        "Plan again: where file and table are both configured, the part that was there is gone although it says so",
        "Locked still? Delete by hand what is left: the object {file}, or the item LockID = {path} of the table",
        faq="F40",
        is_root=True,
    ),
    known(
        "state.denied",
        r"error acquiring the state lock.*?(?:AccessDenied|StatusCode: 403|AuthorizationFailed|forbidden)",
        "This sign-in may not write the lock beside the state",
        "Compare it with who may use the states: deployer_principal_arns of the stack bootstrap",
        "In S3 it needs s3:GetObject, s3:PutObject and s3:DeleteObject on KEY and KEY.tflock, and the KMS key",
        faq="F39",
        is_root=True,
    ),
    known(
        "state.checksum",
        r"state data in S3 does not have the expected content(?:.*?calculated checksum:\s*(?P<calculated>\w*))?",
        "The state object was changed outside Terraform, or its copy has not arrived yet",
        "Wait a minute and try again, once",
        "Compare the versions of the object in the bucket, and restore the last one that Terraform wrote",
        "Never write the expected digest over: it is right, the object is not",
        faq="F38",
        is_root=True,
    ),
    known(
        "state.newer",
        r"state snapshot was created by Terraform v(?P<version>[\d.]+), which is newer",
        "The state was last written by Terraform {version}, which is newer than this one",
        "Install Terraform {version} or newer here",
        faq="F38",
        is_root=True,
    ),
    known(
        "state.stale",
        r"saved plan is stale",
        "Somebody applied something else after this plan was made",
        "Make the plan again, and look at it again",
        faq="F41",
        is_root=True,
    ),
    known(
        "state.corrupt",
        r"((?:unsupported|invalid) state file format|state file could not be parsed"
        r"|(?:loading|refreshing|load) state.*(?:json|invalid character)|does not have a valid .*serial)",
        "The state object is no state: cut off, or overwritten with something else",
        "List the versions of the object in the bucket, and restore the last good one",
        "Do not run apply before: it would make everything a second time",
        faq="F38",
        is_root=True,
    ),
    known(
        "state.serial",
        r"cannot import state with serial (?P<given>\d+) over newer state with serial (?P<there>\d+)",
        "The state to be pushed, serial {given}, is older than the one in the backend, serial {there}",
        "Look who wrote the newer one, and whether it is whole: terraform state pull",
        "Only to bring an older one back on purpose: terraform state push -force, with the newer one kept beside",
        faq="F38",
        is_root=True,
    ),
    known(
        "state.lineage",
        r"cannot import state with lineage",
        "The state to be pushed belongs to another installation than the one in the backend",
        "Compare key and bucket in backend.tf with where the state is from; do not push it with -force",
        faq="F38",
        is_root=True,
    ),
    known(
        "state.none",
        r"no state file was found",
        "There is no state where the backend points to: nothing was applied yet, or the object was emptied",
        "Where something was applied: list the versions of the object in the bucket, and restore the last good one",
        "Do not run apply before: it would make everything a second time",
        faq="F38",
        is_root=True,
    ),
    known(
        "backend.missing",
        r"(S3 bucket \"?(?P<bucket>[\w.-]+)?\"? ?does not exist|NoSuchBucket"
        r"|container .*not found.*blob|storage: bucket doesn't exist)",
        "The bucket for the state is not there",
        "Make it: codemiectl tf bootstrap",
        "Compare bucket name, account and region in backend.tf with where you are signed in",
        faq="F39",
        is_root=True,
    ),
    known(
        "backend.region",
        r"(requested bucket from \"(?P<asked>[\w-]+)\", actual location \"(?P<actual>[\w-]+)\""
        r"|AuthorizationHeaderMalformed|BucketRegionError)",
        "The bucket for the state is in another region than backend.tf says",
        "Correct the region in backend.tf, then: terraform init -reconfigure",
        faq="F39",
        is_root=True,
    ),
    known(
        "backend.init",
        r"(backend initialization required|backend configuration changed|initialization required|module not installed"
        r"|required plugins are not installed|missing required provider)",
        "This folder is not prepared for what it holds now",
        "Run: terraform init (with -reconfigure when only backend.tf changed)",
        faq="F39",
        is_root=True,
    ),
)

CREDENTIALS = (
    known(
        # Before those that say only that there is no sign-in, which is what follows from it.
        "creds.mfa",
        # 50072 and 50079: to be registered first; 50074 and 50076: not shown; 50078: shown too long ago; 50158: of
        # somebody else (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
        r"(aws:MultiFactorAuthPresent|MultiFactorAuth\w* .*(?:fail|requir)|AssumeRoleTokenProvider session option"
        r" not set|AADSTS500(?:7[24689])\b|AADSTS50158)",
        "The cloud asks for a second factor that this sign-in does not have",
        "AWS: aws sts get-session-token --serial-number … --token-code …, then export what it prints; or aws sso login",
        "Azure: az login anew, with --tenant and in a browser; a pipeline signs in as a service principal",
        faq="F31",
        is_root=True,
    ),
    known(
        "creds.reauth",
        r"(reauth related error|invalid_rapt|reauthentication (?:is )?(?:failed|needed|required))",
        "Google wants the person to sign in again, with the second factor: the organisation limits how long that lasts",
        "gcloud auth login --update-adc, or gcloud auth application-default login, shortly before the run",
        "A pipeline signs in as a service account, by workload identity federation, and is not asked",
        faq="F31",
        is_root=True,
    ),
    known(
        "creds.none",
        r"(no valid credential sources? found|failed to refresh cached credentials|NoCredentialProviders"
        r"|please run 'az login'|could not find default credentials)",
        "No credentials of the cloud were found",
        "Sign in (aws sso login, az login, gcloud auth application-default login), or set AWS_PROFILE",
        "In CI, see that the job has the identity it should assume",
        faq="F29",
        is_root=True,
    ),
    known(
        "creds.expired",
        r"(ExpiredToken|RequestExpired|token (has|is) expired|AADSTS70043|AADSTS700082|invalid_grant"
        r"|refresh token has expired)",
        "The sign-in has expired",
        "Sign in again, for longer than the run takes: a first apply takes half an hour",
        faq="F31",
        is_root=True,
    ),
    known(
        "creds.unknown_key",
        r"(InvalidClientTokenId|UnrecognizedClientException|security token included in the request is invalid"
        r"|InvalidAccessKeyId)",
        "The cloud does not know the access key, or it is of another partition or a region that is switched off",
        "Run aws sts get-caller-identity with the same profile; make a new key if it fails",
        faq="F29",
        is_root=True,
    ),
    known(
        "creds.wrong_secret",
        r"(SignatureDoesNotMatch|AADSTS7000215|invalid client secret)",
        "The secret does not belong to the access key, or this machine's clock is wrong",
        "Copy the secret anew; look whether an old variable wins over the profile; compare the clock",
        faq="F29",
        is_root=True,
    ),
    known(
        "creds.refused",
        # Who asks for the own identity needs no right for it, so only the sign-in itself can be refused.
        r"operation error STS: GetCallerIdentity, .*?StatusCode: 40[13]",
        "The cloud does not accept this sign-in",
        "Run aws sts get-caller-identity with the same profile: it says whether key, secret or session is wrong",
        faq="F29",
        is_root=True,
    ),
    known(
        "creds.assume",
        r"(cannot assume IAM role|not authorized to perform: sts:AssumeRole(?:.*?on resource: (?P<resource>\S+))?)",
        "The role cannot be assumed with this sign-in[: {resource}]",
        "Compare the role's trust policy with what aws sts get-caller-identity says",
        "The role is seconds old? Wait for a minute, and run it again",
        faq="F30",
        is_root=True,
    ),
)

PERMISSIONS = (
    known(
        "iam.scp",
        r"not authorized to perform: (?P<action>[\w:*-]+).*explicit deny in a service control policy",
        "A policy of the organisation forbids {action}",
        "Ask who looks after the AWS organisation: no right in this account can help",
        faq="F30",
    ),
    known(
        "iam.boundary",
        r"not authorized to perform: (?P<action>[\w:*-]+).*permissions boundary",
        "The permissions boundary of the role does not allow {action}",
        "Have {action} added to the boundary policy, not only to the role",
        faq="F30",
    ),
    known(
        "iam.denied",
        r"(not authorized to perform:? (?P<action>[\w:*-]+)(?:.*?on resource: (?P<resource>\S+))?"
        r"|UnauthorizedOperation)",
        "The role that deploys lacks a right[: {action}][ on {resource}]",
        "Add the action to it: the whole list is in deploy/terraform/aws/deployer-policy.json",
        "An encoded message tells more: aws sts decode-authorization-message",
        faq="F30",
    ),
    known(
        "azure.denied",
        r"(does not have authorization to perform action '(?P<action>[^']+)'|AuthorizationFailed)",
        "The identity that deploys lacks a right[: {action}]",
        "Contributor cannot assign roles: it needs User Access Administrator or Owner as well",
        faq="F30",
    ),
    known(
        "azure.entra",
        r"(insufficient privileges to complete the operation|Authorization_RequestDenied)",
        "The identity that deploys may not register applications in Entra ID",
        "Have the role Application Administrator assigned, or the application registered for you",
        faq="F30",
    ),
    known(
        "gcp.denied",
        r"(permission '(?P<action>[\w.]+)' denied|required '(?P<other>[\w.]+)' permission"
        r"|Error 403: (?!.*\bquota\b).*forbidden)",
        "The account that deploys lacks a permission[: {action}]",
        "Grant a role that holds it, on the project",
        faq="F30",
    ),
    known(
        "denied",
        r"(?:operation error (?P<service>[\w ]+): (?P<operation>\w+), .*?)?"
        r"(?:AccessDenied|StatusCode: 403|\b403 Forbidden\b)",
        "The cloud refuses it to this sign-in, without naming the right[: it was {operation} of {service}]",
        "Look into the cloud's audit log (CloudTrail, Activity Log, Cloud Audit Logs) for the request of this minute",
        faq="F30",
    ),
)
