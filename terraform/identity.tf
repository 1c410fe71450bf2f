# Cognito (PRD 2.1.8): the pool that the frontend signs in to already, by id, or one of our own.

locals {
  user_pool_id         = var.cognito == null ? aws_cognito_user_pool.main[0].id : var.cognito.user_pool_id
  user_pool_client_ids = var.cognito == null ? [aws_cognito_user_pool_client.frontend[0].id] : var.cognito.client_ids
  user_pool_arn        = var.cognito == null ? aws_cognito_user_pool.main[0].arn : "arn:${local.partition}:cognito-idp:${var.region}:${local.account_id}:userpool/${var.cognito.user_pool_id}"
}

resource "aws_cognito_user_pool" "main" {
  count = var.cognito == null ? 1 : 0

  name                     = local.name
  username_attributes      = ["email"] # and so the username that AWS makes is the `sub`, by which the application asks for users
  auto_verified_attributes = ["email"]
  deletion_protection      = local.deletion_protection ? "ACTIVE" : "INACTIVE"
  mfa_configuration        = "OPTIONAL"

  username_configuration {
    case_sensitive = false
  }

  software_token_mfa_configuration {
    enabled = true
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = false # length serves better
    temporary_password_validity_days = 7
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }
}

resource "aws_cognito_user_pool_client" "frontend" {
  count = var.cognito == null ? 1 : 0

  name         = "frontend"
  user_pool_id = aws_cognito_user_pool.main[0].id

  generate_secret = false # a browser keeps none
  # Passwords are sent by those alone whom IAM lets: a user of tests signs in so (gateway/dev/release/visitor.py).
  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  access_token_validity  = 60
  id_token_validity      = 60
  refresh_token_validity = 30

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }
}
