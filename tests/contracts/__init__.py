"""What the system relies on in Faust, Tansu, aiokafka, kafka-python and chDB beyond what they promise.

Each test names a defect or a habit that some code here works around or builds on. One that fails after an
upgrade tells that the version behaves otherwise: either the workaround can go, or what was built on it has to
be looked at.
"""
