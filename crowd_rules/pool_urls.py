"""Pools, their rules and their control tasks. Ids are written as everywhere (the converter `id`, of `audits.urls`)."""

from django.urls import include, path

from crowd_rules.views.pools import (
    answer_control,
    controls,
    dry_runs,
    outcomes,
    pool_edit,
    pool_list,
    pool_page,
    rewards,
    rules,
)

one_pool = [
    path("", pool_page.pool_detail, name="pool"),
    path("edit/", pool_edit.edit_pool, name="edit_pool"),
    path("state/", pool_page.change_state, name="change_pool"),
    path("tasks/", pool_page.add_tasks, name="add_pool_tasks"),
    path("settle/", outcomes.settle, name="settle_pool"),
    path("rules/new/", rules.new_rule, name="new_rule"),
    path("rules/replay/", dry_runs.replay_rules, name="replay_rules"),
    path("rules/<id:rule>/", rules.edit_rule, name="rule"),
    path("rules/<id:rule>/switch/", rules.switch_rule, name="switch_rule"),
    path("dry-runs/<id:operation>/", dry_runs.dry_run, name="dry_run"),
    path("dry-runs/<id:operation>/keep/", dry_runs.keep_tried, name="keep_tried"),
    path("rewards/", rewards.reward_list, name="rewards"),
    path("controls/", controls.control_list, name="controls"),
    path("controls/change/", controls.change_controls, name="change_controls"),
    path("controls/new/", controls.new_controls, name="new_controls"),
    path("controls/answer/", answer_control.answer_control, name="answer_control"),
    path("controls/choose/", controls.choose_controls, name="choose_controls"),
]
urlpatterns = [
    path("", pool_list.pool_list, name="pools"),
    path("new/", pool_edit.new_pool, name="new_pool"),
    path("<id:pool>/", include(one_pool)),
]
