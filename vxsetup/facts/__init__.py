"""What a rule can know of the cloud: fact keys, their values, and the pure reading of policies and refusals."""
