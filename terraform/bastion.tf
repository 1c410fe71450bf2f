# A way to the database for people (PRD 1.2.6), by `aws ssm start-session` with port forwarding: no SSH, no key, no open port. It stands in a
# public subnet with an address to ask Systems Manager from, so that people get in while NAT is away; nobody can ask it anything.

resource "aws_security_group" "bastion" {
  count = var.bastion ? 1 : 0

  name        = "${local.name}-bastion"
  description = "Bastion: nothing comes in, it asks Systems Manager for work"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${local.name}-bastion" }
}

data "aws_ssm_parameter" "bastion_image" {
  count = var.bastion ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

resource "aws_instance" "bastion" {
  # checkov:skip=CKV_AWS_88: see above; its security group lets nothing in
  count = var.bastion ? 1 : 0

  ami                         = data.aws_ssm_parameter.bastion_image[0].insecure_value # the name of an image is no secret
  instance_type               = "t4g.nano"
  subnet_id                   = aws_subnet.public["a"].id
  vpc_security_group_ids      = [aws_security_group.bastion[0].id]
  iam_instance_profile        = aws_iam_instance_profile.bastion[0].name
  associate_public_ip_address = true
  ebs_optimized               = true
  monitoring                  = true

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    encrypted  = true
    kms_key_id = aws_kms_key.main.arn
  }

  tags = { Name = "${local.name}-bastion" }

  lifecycle {
    ignore_changes = [ami] # a newer image is no reason to interrupt a session; replace it on purpose
  }
}

resource "aws_iam_role" "bastion" {
  count = var.bastion ? 1 : 0

  name                 = "${local.name}-bastion"
  assume_role_policy   = data.aws_iam_policy_document.assume["ec2"].json
  permissions_boundary = local.boundary_arn
}

resource "aws_iam_role_policy_attachment" "bastion" {
  count = var.bastion ? 1 : 0

  role       = aws_iam_role.bastion[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "bastion" {
  count = var.bastion ? 1 : 0

  name = "${local.name}-bastion"
  role = aws_iam_role.bastion[0].name
}
