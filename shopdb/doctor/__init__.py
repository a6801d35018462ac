"""Looking a site over: what was found, why it matters, what to do now. No record and no setting is changed.

Each examination is contained: one that fails or takes too long says so, and the others go on.
"""
