"""Pages of the causes about quota, capacity, credits, trials and billing."""

from __future__ import annotations

from vxsetup.explain.pages import page

# fmt: off
_QUOTAS = "https://console.cloud.google.com/iam-admin/quotas?project={project}"

PAGES = dict((
    page("quota-zero", "quota-exceeded free-trial-restricted small-model", "the quota for this model at this location is zero",
        "The project's quota for this base model at this location is 0 or has no row at all, so every call answers 429, the first one too. New and trial projects often start so; enabling a model grants no quota. While the quota is 0, nothing shows whether the model is enabled.",
        (("429 RESOURCE_EXHAUSTED: Quota exceeded for aiplatform.googleapis.com/{metric} with base model: {base model}.", "2024-2026"), ("metric online_prediction_… (a region), global_online_prediction_…, us_multi_region_…, eu_multi_region_… (since 2025 and 2026)", "2025-2026")),
        "A quota that is used up comes and goes; a zero quota refuses the very first call, always. A metric that begins with generate_content means the wrong method instead (wrong-publisher). In a single region the row may be missing because the model is not served there (model-not-in-region).",
        ("see the limit for base model {base_model} at {location}, and ask for more; or use a location where the project has quota", "vxsetup check --project {project} --model {model} --location {location}", _QUOTAS), "GD:quotas F#70939799729 F#58605806618 F#63086630148", "VX602"),
    page("quota-exceeded", "quota-zero free-trial-restricted credits-not-applicable", "the quota is used up, or shared capacity is exhausted for now",
        "The quota is above zero and this minute's share is spent, or Google's shared capacity for the model is busy. It passes by itself.",
        (("429 RESOURCE_EXHAUSTED: Quota exceeded for aiplatform.googleapis.com/{metric} with base model: {base model}.", "2024-2026"), ("429: Resource exhausted, please try again later.", "2026"), ("429: Too many requests. Exceeded the Provisioned Throughput.", "2026"), ("529 overloaded_error, 503 UNAVAILABLE", "2024-2026")),
        "It worked before and works again after a minute. When the first call of the day is refused too, think of quota-zero. Words that name no metric mean shared capacity, which no quota request changes.",
        ("retry at most twice, from 1 s, with growing pauses; send less at once; use the global endpoint or provisioned throughput; ask for more quota where the metric is named", None, _QUOTAS), "GD:error-429 GD:quotas GD:api-errors", "VX602"),
    page("credits-not-applicable", "billing-disabled free-trial-restricted", "promotional credits do not pay for Claude",
        "Claude is a partner model, sold through the marketplace. Trial, start-up and promotional credits usually leave partner models out; the use is billed to the account in money.",
        (("a charge for Claude while credits remain", "2024-2026"),),
        "Nothing is refused: calls work, and the bill shows it. A refusal on a trial account is free-trial-restricted.",
        ("read the terms of the credits for partner models; set a budget alert; use an account that may be charged", None, "https://console.cloud.google.com/billing/linkedaccount?project={project}"), "GD:use-partner-models GD:use-claude"),
    page("free-trial-restricted", "quota-zero credits-not-applicable billing-disabled", "a trial account gets no usable quota for Claude",
        "On a free-trial billing account the limit for partner models is 0. Calls answer 429 as with any zero quota, whatever else is right.",
        (("429 RESOURCE_EXHAUSTED: Quota exceeded … with base model: {base model}, on a trial account", "2024-2026"),),
        "The same words as quota-zero; the billing account tells: it says free trial. After an upgrade the quota may stay 0 until it is asked for.",
        ("upgrade the billing account, then ask for quota", "vxsetup check --project {project} --model {model} --location {location}", "https://console.cloud.google.com/billing/linkedaccount?project={project}"), "F#70939799729 GD:use-claude GD:quotas", "VX602"),
    page("billing-disabled", "wrong-project free-trial-restricted credits-not-applicable", "the project has no open billing account",
        "No billing account is linked to the project that is charged, or the linked one is closed. Without it APIs cannot be enabled, and prediction is refused.",
        (("403 PERMISSION_DENIED, reason BILLING_DISABLED: This API method requires billing to be enabled. Please enable billing on project #{number} …", "2023-2026"), ("Billing account for project {number} is not found. Billing must be enabled for activation of service(s) …", "2022-2026")),
        "A disabled API has the reason SERVICE_DISABLED. When both are named, billing comes first: the API cannot be enabled without it. Look at the project number in the text: it may be another project (quota-project).",
        ("link an open billing account to {project}, then wait a few minutes", "gcloud billing projects link {project} --billing-account=BILLING_ACCOUNT_ID", "https://console.cloud.google.com/billing/linkedaccount?project={project}"), "ERRORINFO F#71340865432", "VX202"),
))
