"""Roledesk as a service: decisions over HTTP (AuthZEN), forward auth, and the admin API."""
