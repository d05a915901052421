"""What is taken apart into its entries: the rule and the digits of each, in balls."""
