# What the functions promise: as large as the PRD has them, each with a role that may do what its routes do and no more, and told no secret.

mock_provider "aws" {
  source = "./tests/aws"
}

mock_provider "aws" {
  alias  = "global"
  source = "./tests/aws"
}

variables {
  workspace = "dev"
}

run "production" {
  state_key = "production" # the runs below are another estate's

  variables {
    workspace = "production"
  }

  assert {
    condition = { for name, function in output.functions : name => function.codedeploy } == {
      api     = true, graphql = true, files = true, images = true, pictures = true, parts-lists = true, worker = true, appsync = true
      migrate = false, origin = false
    }
    error_message = "Ten functions are there, and CodeDeploy moves all but the migrator and who lets CloudFront in."
  }

  # Statements by function, but those that every one has: its log's, its traces', the VPC's.
  assert {
    condition = { for name, function in module.function : name => join(" ", sort(setsubtract([for statement in function.policy : statement.Sid], ["WriteItsLog", "SendTraces", "LambdaConnectsItToTheVpc", "ItsCodeDoesNot"]))) } == {
      api         = "ConnectToTheDatabase MissFiles ReadAndChangeUsers ReadFiles RemoveAvatars Search SignUploads WakeTheWorker"
      graphql     = "ConnectToTheDatabase MissFiles ReadAndChangeUsers ReadFiles RemoveAvatars Search SignUploads WakeTheWorker WriteFiles"
      appsync     = "ConnectToTheDatabase MissFiles ReadAndChangeUsers ReadFiles RemoveAvatars Search SignUploads WakeTheWorker WriteFiles"
      files       = "ConnectToTheDatabase MissFiles ReadFiles WakeTheWorker WriteFiles"
      images      = "ConnectToTheDatabase MissFiles ReadFiles WakeTheWorker WriteFiles"
      pictures    = "ConnectToTheDatabase MissFiles ReadAndChangeUsers ReadFiles RemoveAvatars WakeTheWorker WriteFiles"
      parts-lists = "ConnectToTheDatabase MissFiles ReadFiles WakeTheWorker WriteFiles"
      worker      = "ConnectToTheDatabase DeleteObjects KeepIndices KeepWhatItFailedAt TakeMessages"
      migrate     = "DecryptThePassword ReadThePassword"
      origin      = ""
    }
    error_message = "Each function may do what its routes do, and nothing more."
  }

  assert {
    condition = alltrue(flatten([
      for function in module.function : [
        for statement in function.policy : contains(["SendTraces", "LambdaConnectsItToTheVpc", "ItsCodeDoesNot"], statement.Sid) || !contains(statement.Resource, "*")
      ]
    ]))
    error_message = "Only what AWS knows no resources for is allowed on all of them."
  }

  assert {
    condition     = alltrue(flatten([for function in module.function : [for statement in function.policy : [for action in statement.Action : !endswith(action, "*")]]]))
    error_message = "Actions are named one by one."
  }

  assert {
    condition = { for name, function in module.function : name => join(" ", flatten([for statement in function.policy : [for arn in statement.Resource : trimprefix(arn, "arn:aws:s3:::lego-moc-files-production/")] if statement.Sid == "WriteFiles"])) } == {
      api         = ""
      graphql     = "avatars/* images/* mocs/* wishlist/*"
      appsync     = "avatars/* images/* mocs/* wishlist/*"
      files       = "images/* mocs/*"
      images      = "images/*"
      pictures    = "avatars/* wishlist/*"
      parts-lists = "mocs/*"
      worker      = ""
      migrate     = ""
      origin      = ""
    }
    error_message = "Each function writes only where its own objects are."
  }

  assert {
    condition     = alltrue(flatten([for function in module.function : [for name in keys(function.environment) : !can(regex("PASSWORD$|TOKEN|SECRET$", name))]]))
    error_message = "Functions are told where a secret is, never the secret."
  }

  assert {
    condition     = module.function["api"].environment.DATABASE_URL == "postgresql://brickgate@mocked.proxy-abcdefghijkl.us-east-1.rds.amazonaws.com:5432/brickgate?sslmode=require" && module.function["api"].environment.DATABASE_IAM_AUTH == "true"
    error_message = "Functions reach the database through the proxy, by their role."
  }

  assert {
    condition     = startswith(module.function["migrate"].environment.DATABASE_URL, "postgresql://brickgate@mocked.cluster-") && !contains(keys(module.function["migrate"].environment), "DATABASE_IAM_AUTH")
    error_message = "The migrator goes straight to the cluster, by the password that RDS keeps."
  }

  assert {
    condition     = length(module.function["origin"].environment) == 0
    error_message = "Who only compares a key is told nothing."
  }
}

run "a_function_can_be_made_larger" {
  command = plan

  variables {
    function_sizes = { files = { memory = 3008 } }
  }

  assert {
    condition     = module.function["files"].size == { memory = 3008, timeout = 120 } && module.function["images"].size == { memory = 2048, timeout = 60 }
    error_message = "What is named changes, and nothing else."
  }
}

run "too_little_memory_is_refused" {
  command = plan

  variables {
    function_sizes = { files = { memory = 256 } }
  }

  expect_failures = [var.function_sizes]
}

run "too_long_is_refused" {
  command = plan

  variables {
    function_sizes = { worker = { timeout = 901 } }
  }

  expect_failures = [var.function_sizes]
}

run "a_misspelt_size_is_refused" {
  command = plan

  variables {
    function_sizes = { api = { mem = 1024 } }
  }

  expect_failures = [var.function_sizes]
}

run "a_package_that_is_not_there_is_refused" {
  command = plan

  variables {
    package = "../dist/nope.zip"
    layer   = "../dist/nope.zip"
  }

  expect_failures = [var.package, var.layer]
}

run "an_unknown_canary_is_refused" {
  command = plan

  variables {
    canary = "CodeDeployDefault.LambdaCanary10PercentEver"
  }

  expect_failures = [var.canary]
}

run "an_unknown_function_is_refused" {
  command = plan

  variables {
    function_sizes = { mocs = { memory = 512 } }
  }

  expect_failures = [var.function_sizes]
}

run "without_appsync" {
  command = plan

  variables {
    appsync = false
  }

  assert {
    condition     = !contains(keys(module.function), "appsync") && length(aws_appsync_graphql_api.main) == 0
    error_message = "Who does not want AppSync pays for nothing of it."
  }
}

run "snapshots_on_demand" {
  command = plan

  variables {
    snap_start = true
  }

  assert {
    condition     = aws_cloudwatch_log_metric_filter.cold_start["api"].metric_transformation[0].value == "$.record.metrics.restoreDurationMs" && aws_cloudwatch_log_metric_filter.cold_start["worker"].metric_transformation[0].value == "$.record.metrics.initDurationMs"
    error_message = "A start from a snapshot is measured by its restoring."
  }
}
