# The functions: those that routes.json names, and those that no route leads to. One package, and a role for each function: it may do what
# its routes do, and nothing more.

locals {
  # The classes of functions that serve HTTP are said in the code (gateway/rest/route.py) and exported to routes.json by `make routes`.
  routes       = jsondecode(file("${path.module}/routes.json"))
  http_classes = toset(values(local.routes))

  # --- What may be done -----------------------------------------------------------------------------------------------------------

  grants = {
    # The function's role is its password (docs/settings.md, DATABASE_IAM_AUTH).
    database = {
      ConnectToTheDatabase = { actions = ["rds-db:connect"], resources = [local.database_connect_arn] }
    }
    # Answers have signed URLs in them, and a URL may do what its signer may. Listing lets S3 say that an object is not there, where it
    # would else say that it is forbidden.
    read = {
      ReadFiles = { actions = ["s3:GetObject", "s3:GetObjectTagging"], resources = ["${local.files_arn}/*"] }
      MissFiles = { actions = ["s3:ListBucket"], resources = [local.files_arn] }
    }
    users = {
      ReadAndChangeUsers = {
        actions   = ["cognito-idp:AdminGetUser", "cognito-idp:AdminUpdateUserAttributes"]
        resources = [local.user_pool_arn]
      }
    }
    search = {
      Search = {
        actions   = ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost"]
        resources = ["${aws_opensearch_domain.main.arn}/*"]
      }
    }
    wake = {
      WakeTheWorker = { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.outbox.arn] }
    }
    # The rest are by where they write: see docs/contract.md, section 4.
    avatars = {
      RemoveAvatars = { actions = ["s3:DeleteObject"], resources = ["${local.files_arn}/avatars/*"] }
    }
    uploads = {
      SignUploads = { actions = ["s3:PutObject"], resources = ["${local.files_arn}/uploads/*"] }
    }
  }

  # Where a class puts objects, by the first part of their keys.
  prefixes = {
    graphql     = ["avatars", "images", "mocs", "wishlist"]
    files       = ["images", "mocs"]
    images      = ["images"]
    pictures    = ["avatars", "wishlist"]
    parts-lists = ["mocs"]
    appsync     = ["avatars", "images", "mocs", "wishlist"]
  }

  # --- Which functions there are ----------------------------------------------------------------------------------------------------

  http = { handler = "gateway.lambdas.http.handler", canary = true, snap_start = var.snap_start }

  declared = {
    api = merge(local.http, {
      description = "Everything that is JSON in and JSON out"
      memory      = 512
      timeout     = 30
      share       = 1
      grants      = ["database", "read", "users", "search", "wake", "avatars", "uploads"]
    })
    graphql = merge(local.http, {
      description = "The graph over HTTP, uploads included"
      memory      = 2048
      timeout     = 30
      share       = 1
      grants      = ["database", "read", "users", "search", "wake", "avatars", "uploads"]
    })
    files = merge(local.http, {
      description = "Files of MOCs, several at once" # PRD 2.7.8, 2.7.9, 4.7.7
      memory      = 2048
      timeout     = 120
      share       = 4
      grants      = ["database", "read", "wake"]
    })
    images = merge(local.http, {
      description = "Images of the gallery" # PRD 3.2.9
      memory      = 2048
      timeout     = 60
      share       = 4
      grants      = ["database", "read", "wake"]
    })
    pictures = merge(local.http, {
      description = "Avatars, and images of the wishlist" # PRD 3.7.7, 4.4.7
      memory      = 1024
      timeout     = 60
      share       = 4
      grants      = ["database", "read", "users", "wake", "avatars"]
    })
    parts-lists = merge(local.http, {
      description = "Parts lists, which may have 10,000 rows" # PRD 4.6.8, 4.6.9
      memory      = 512
      timeout     = 300
      share       = 4
      grants      = ["database", "read", "wake"]
    })
    worker = {
      description = "Does what changes have left to do: search indices, objects to delete, verdicts on malware"
      handler     = "gateway.lambdas.worker.handler"
      memory      = 1024
      timeout     = 300
      share       = 4
      canary      = true # not with the apply, which comes before the migration
      grants      = ["database"]
    }
    migrate = {
      description = "Brings the database to the newest revision, before traffic moves"
      handler     = "gateway.lambdas.migrate.handler"
      memory      = 512
      timeout     = 900
      share       = 0
      grants      = []
    }
    appsync = {
      description = "Resolvers of AppSync"
      handler     = "gateway.lambdas.appsync.handler"
      memory      = 2048
      timeout     = 30
      share       = 2
      canary      = true
      snap_start  = var.snap_start
      grants      = ["database", "read", "users", "search", "wake", "avatars", "uploads"]
    }
    origin = {
      description = "Lets CloudFront through to the API, and nobody who passes it by"
      handler     = "gateway.lambdas.origin.handler"
      memory      = 512
      timeout     = 30
      share       = 0
      grants      = []
      outside     = true
    }
  }

  layer = startswith(var.layer, "/") ? var.layer : "${path.module}/${var.layer}"

  functions = { for name, function in local.declared : name => function if name != "appsync" || var.appsync }
  outside   = { for name, function in local.declared : name => lookup(function, "outside", false) }

  # What only one function may do.
  own_statements = {
    worker = {
      DeleteObjects = { actions = ["s3:DeleteObject"], resources = ["${local.files_arn}/*"] }
      TakeMessages = {
        actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
        resources = [aws_sqs_queue.outbox.arn, aws_sqs_queue.verdicts.arn]
      }
      KeepIndices = {
        actions   = ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut", "es:ESHttpDelete"]
        resources = ["${aws_opensearch_domain.main.arn}/*"]
      }
    }
    migrate = {
      ReadThePassword = { actions = ["secretsmanager:GetSecretValue"], resources = [local.database_secret_arn] }
      DecryptThePassword = {
        actions    = ["kms:Decrypt"]
        resources  = [aws_kms_key.main.arn]
        conditions = { StringEquals = { "kms:ViaService" = "secretsmanager.${var.region}.amazonaws.com" } }
      }
    }
  }

  # --- What they are told -----------------------------------------------------------------------------------------------------------

  environment_variables = {
    ENVIRONMENT           = local.environment
    REDIS_URL             = local.redis_url
    REDIS_CLUSTER         = tostring(local.redis_cluster)
    OPENSEARCH_URL        = local.opensearch_url
    OPENSEARCH_READERS    = "arn:${local.partition}:iam::${local.account_id}:role/${local.name}-*"
    S3_BUCKET             = aws_s3_bucket.files.bucket
    COGNITO_USER_POOL_ID  = local.user_pool_id
    COGNITO_CLIENT_ID     = join(",", local.user_pool_client_ids)
    CORS_ORIGINS          = join(",", local.cors_origins)
    OUTBOX_QUEUE_URL      = aws_sqs_queue.outbox.url
    MALWARE_PROTECTION    = tostring(var.features.malware_protection)
    TRUSTED_PROXIES       = "1" # CloudFront, whose function writes the header anew (paths.js)
    CLIENT_ADDRESS_HEADER = "x-viewer-address"
    LOG_LEVEL             = var.log_level
    METRICS               = "emf"
    SECURITY_CONTACT      = var.security_contact == null ? "" : var.security_contact # empty is none
  }

  # Through the proxy, as the function's role; or straight to the cluster, where advisory locks pin nothing, with the password that RDS keeps.
  database_variables = {
    proxy    = { DATABASE_URL = local.database_url, DATABASE_IAM_AUTH = "true" }
    straight = { DATABASE_URL = local.migrator_database_url, DATABASE_PASSWORD_SECRET_ARN = local.database_secret_arn }
  }
}

# What the functions depend on changes seldom, and is 48 of their 50 MB: an upload of its own, shared by all.
resource "aws_lambda_layer_version" "dependencies" {
  layer_name               = "${local.name}-dependencies"
  description              = "What the lock file names, compiled for Lambda's Python."
  filename                 = local.layer
  source_code_hash         = fileexists(local.layer) ? filebase64sha256(local.layer) : null
  compatible_runtimes      = ["python3.13"]
  compatible_architectures = ["arm64"]
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name        = "${local.name}-${each.key}"
  description = each.value.description
  package     = startswith(var.package, "/") ? var.package : "${path.module}/${var.package}"
  layers      = [for layer in [aws_lambda_layer_version.dependencies.arn] : layer if !local.outside[each.key]]
  handler     = each.value.handler

  memory               = coalesce(try(var.function_sizes[each.key].memory, null), each.value.memory)
  timeout              = coalesce(try(var.function_sizes[each.key].timeout, null), each.value.timeout)
  reserved_concurrency = var.reserve_concurrency && each.value.share > 0 ? ceil(local.size.reserved_concurrency / each.value.share) : -1

  # Snapshots and warm instances exclude each other.
  snap_start            = lookup(each.value, "snap_start", false)
  provisioned_instances = each.key == "api" && var.features.provisioned_concurrency && !var.snap_start ? local.size.provisioned_instances : 0
  shifted_by_codedeploy = lookup(each.value, "canary", false)

  # A function outside of the VPC knows nothing and reaches nothing.
  in_vpc             = !local.outside[each.key]
  environment        = { for name, value in merge(local.environment_variables, local.database_variables[each.key == "migrate" ? "straight" : "proxy"]) : name => value if !local.outside[each.key] }
  subnet_ids         = [for subnet in aws_subnet.private : subnet.id if !local.outside[each.key]]
  security_group_ids = [for group in [each.key == "migrate" ? aws_security_group.migrator.id : aws_security_group.functions.id] : group if !local.outside[each.key]]

  permissions_boundary = local.boundary_arn
  statements = merge(concat(
    [for grant in each.value.grants : local.grants[grant]],
    [{ for name, prefixes in local.prefixes : "WriteFiles" => { actions = ["s3:PutObject"], resources = [for prefix in prefixes : "${local.files_arn}/${prefix}/*"] } if name == each.key }],
    [for name, statements in local.own_statements : statements if name == each.key],
  )...)

  # What nobody waits for. A worker that failed comes again within a minute: trying at once would be too soon.
  asynchronous = one([for name in ["worker"] : { dead_letter_arn = aws_sqs_queue.dead["worker"].arn, retries = 0, max_age_seconds = 60 } if name == each.key])

  log_level          = var.log_level
  log_retention_days = local.size.log_retention_days
  log_kms_key_arn    = aws_kms_key.main.arn
}
