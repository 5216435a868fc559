"""Pages: one offline file from a template, scripts and data, with the table's rules in it."""
