"""What the ways are called in which a model of a table is cross-validated."""

FOLDS = "folds"


def protocol_name(protocol):
    """What a protocol is called: ``leave_one_out``, ``kfold10``, ``kfold5x3_first500`` (3 repeats of 5 folds)."""
    name = protocol["scheme"]
    if name == "kfold":
        repeats = protocol.get("repeats", 1)
        name += f"{protocol['k']}" + (f"x{repeats}" if repeats > 1 else "")
    return name + (f"_first{protocol['first']}" if "first" in protocol else "")
