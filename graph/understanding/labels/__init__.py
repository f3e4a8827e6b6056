"""What words alone settle: task, domain, use case, industry, compliance and the like; the question; the intent."""
