"""What feeds send us: webhooks, streams and files, stored before anything is answered."""
