"""Every state that the pages can be in, made on purpose: to be looked at (`make screens`) and to be checked."""
