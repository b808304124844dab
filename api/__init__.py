"""Every door: command line, HTTP, and the one place that joins the parts."""
