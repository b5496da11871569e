def shows_distress(text: str) -> bool:
    return False
