"""Roles and permissions for customer-messaging teams."""
