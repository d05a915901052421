"""How far a verdict on a derivative can be trusted: the battery of cases that symdiff and its peers are asked."""
