variable "name" {
  description = "Name of the web ACL; its log group is called aws-waf-logs-NAME, as WAF wants it."
  type        = string
}

variable "scope" {
  description = "CLOUDFRONT, made with a provider of us-east-1, or REGIONAL."
  type        = string

  validation {
    condition     = contains(["CLOUDFRONT", "REGIONAL"], var.scope)
    error_message = "scope must be CLOUDFRONT or REGIONAL."
  }
}

variable "requests_in_5_minutes" {
  description = "How many requests one address may send in five minutes before it is refused. A flood is meant: fair limits per caller are the application's."
  type        = number

  validation {
    condition     = var.requests_in_5_minutes >= 100 && var.requests_in_5_minutes <= 2000000000
    error_message = "requests_in_5_minutes must be from 100 to 2,000,000,000: less would refuse one page of pictures."
  }
}

variable "refusal" {
  description = "Body of the 429 that a flood is answered with, as JSON: an error as the API behind tells it, but for what only the API knows (id of the request, time)."
  type        = string

  validation {
    condition     = can(jsondecode(var.refusal)) && length(var.refusal) <= 4096
    error_message = "refusal must be JSON of at most 4 KB, which is what WAF sends."
  }
}

# Nobody here reads SQL, markup or paths out of a body or a query: statements take values apart from their text, answers are JSON, objects are found
# by ids. So what looks like an attack there is a title, a search or a document of GraphQL. Paths, headers and cookies hold no such texts, and
# the rules about them block. WAF takes a name that its group does not have without a word, and then blocks; a test compares them with AWS's list.
# Source: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
variable "counted_rules" {
  description = "Rules of AWS's groups, by group, that only count what they match, because uploads, texts and searches of users set them off."
  type        = map(list(string))
  default = {
    AWSManagedRulesCommonRuleSet = [
      "SizeRestrictions_BODY",               # files are larger than 8 KB
      "SizeRestrictions_QUERYSTRING",        # a document of GraphQL in a GET is larger than 2 KB; API Gateway and the application have limits of their own
      "SizeRestrictions_Cookie_HEADER",      # Cognito's tokens are long
      "CrossSiteScripting_BODY",             # texts with markup are kept as they are, and files are bytes
      "CrossSiteScripting_QUERYARGUMENTS",   # the same texts are searched for
      "GenericRFI_BODY",                     # product links are URLs
      "GenericRFI_QUERYARGUMENTS",           # a GET of GraphQL may have them in its variables
      "GenericLFI_BODY",                     # file names and CSV rows may have ../ in them
      "GenericLFI_QUERYARGUMENTS",           # the same are searched for
      "RestrictedExtensions_QUERYARGUMENTS", # "Captain's.log" is a fine search
      "EC2MetaDataSSRF_BODY",                # product links and files again; nothing here fetches an address that somebody names
      "EC2MetaDataSSRF_QUERYARGUMENTS",      # as above, in variables of GraphQL
      "NoUserAgent_HEADER",                  # scripts of the legacy API's users
    ]
    AWSManagedRulesSQLiRuleSet = [
      "SQLi_BODY",                           # "Robert'); DROP TABLE" is a fine title
      "SQLiExtendedPatterns_BODY",           # and rows of a CSV are full of quotes, commas and dashes
      "SQLi_QUERYARGUMENTS",                 # whoever has such a title searches for it
      "SQLiExtendedPatterns_QUERYARGUMENTS", # and `{ mocs(search: "select") { id } }` is a document of GraphQL
    ]
  }
  nullable = false
}

variable "log_retention_days" {
  description = "Days for which the log of refused requests is kept."
  type        = number
  default     = 14
}
