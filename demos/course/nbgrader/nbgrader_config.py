c = get_config()  # noqa: F821 - nbgrader gives it

c.CourseDirectory.course_id = "chalkgrad"
c.ClearSolutions.code_stub = {"python": "..."}  # as in the course
