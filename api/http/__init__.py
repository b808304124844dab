"""The HTTP door: a small JSON API for operators and scripts, health for supervisors, metrics for Prometheus.

fastapi and uvicorn live here only, so that the command line starts without them.
"""
