"""Real deaths: processes killed with SIGKILL in the middle of campaigns, judged from outside."""
