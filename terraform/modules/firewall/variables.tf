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

variable "counted_rules" {
  description = "Rules of AWS's groups, by group, that only count what they match, because uploads and texts of users set them off."
  type        = map(list(string))
  default = {
    AWSManagedRulesCommonRuleSet = [
      "SizeRestrictions_BODY",         # files are larger than 8 KB
      "CrossSiteScripting_BODY",       # texts with markup are kept as they are, and files are bytes
      "GenericRFI_BODY",               # product links are URLs
      "GenericLFI_BODY",               # file names and CSV rows may have ../ in them
      "EC2MetaDataSSRF_BODY",          # as above
      "NoUserAgent_HEADER",            # scripts of the legacy API's users
      "SizeRestrictions_COOKIEHEADER", # Cognito's tokens are long
    ]
    AWSManagedRulesSQLiRuleSet = ["SQLi_BODY"] # "Robert'); DROP TABLE" is a fine title; statements take no text
  }
  nullable = false
}

variable "log_retention_days" {
  description = "Days for which the log of refused requests is kept."
  type        = number
  default     = 14
}
