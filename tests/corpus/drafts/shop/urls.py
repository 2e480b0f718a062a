from django.urls import path
from shop import forms

urlpatterns = [
    path("issue/", forms.issue_by_form),
    path("inside/", forms.issue_by_form_inside),
    path("rename/", forms.rename_by_form),
    path("issue-view/", forms.Issue.as_view()),
]
