"""Why does Terraform fail, what will it do, and how do its states get into a bucket?"""
