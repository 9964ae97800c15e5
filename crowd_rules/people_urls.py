"""Performers, skills, restrictions, review. Ids are written as everywhere (the converter `id`, of `audits.urls`)."""

from django.urls import include, path

from crowd_rules.views.people import performers, restrictions, review, skills

one_performer = [
    path("", performers.performer, name="performer"),
    path("restrict/", performers.restrict_performer, name="restrict_performer"),
    path("skill/", performers.set_skill_of, name="set_performers_skill"),
    path("invite/", performers.invite, name="invite_performer"),
    path("invite/take-back/", performers.revoke_invitation, name="revoke_performers_invitation"),
    path("end-login/", performers.end_performers_login, name="end_performers_login"),
]
one_skill = [
    path("", skills.skill, name="skill"),
    path("values/", skills.set_value, name="set_skill_value"),
    path("values/<id:value>/remove/", skills.remove_value, name="remove_skill_value"),
]
urlpatterns = [
    path("performers/", performers.performers, name="performers"),
    path("performers/lift/", restrictions.lift_performers, name="lift_performers"),
    path("performers/<id:performer>/", include(one_performer)),
    path("skills/", skills.skills, name="skills"),
    path("skills/<id:skill>/", include(one_skill)),
    path("restrictions/", restrictions.restrictions, name="restrictions"),
    path("restrictions/lift/", restrictions.lift, name="lift_restrictions"),
    path("restrictions/<id:restriction>/undo/", restrictions.undo_restriction, name="undo_restriction"),
    path("review/", review.review, name="review"),
    path("review/decide/", review.decide_many, name="review_many"),
    path("review/accept-all/", review.accept_all, name="review_all"),
    path("review/<id:assignment>/", review.review_assignment, name="review_assignment"),
    path("review/<id:assignment>/decide/", review.decide, name="review_decide"),
]
