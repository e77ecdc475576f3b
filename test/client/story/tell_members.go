package main

import (
	"fmt"

	"berth.test/harbor/client/member"
	"berth.test/harbor/client/project"
	"berth.test/harbor/client/project_metadata"
	"berth.test/harbor/client/user"
	"berth.test/harbor/models"
)

// Harbor's numbers of the roles, by who has them in the project of the story.
var roles = []struct {
	user string
	id   int64
	name string
}{
	{"ben", 4, "maintainer"},
	{"cid", 2, "developer"},
	{"dee", 3, "guest"},
	{"eve", 5, "limitedGuest"},
}

// tellMembers gives everybody a role, and tries what the roles are for.
func tellMembers(s *story) {
	ann := s.as("ann", firstPassword)
	ids := map[string]int64{}
	for _, role := range roles {
		s.step("add "+role.user, func() {
			body := &models.ProjectMember{RoleID: role.id, MemberUser: &models.UserEntity{Username: role.user}}
			made := must(ann.Member.CreateProjectMember(&member.CreateProjectMemberParams{ProjectNameOrID: "harbour", ProjectMember: body}, nil))
			ids[role.user] = idAtEnd(s, made.Location, fmt.Sprintf("/api/v2.0/projects/%d/members/", s.projects["harbour"]))
		})
	}
	s.step("list", func() {
		listed := must(ann.Member.ListProjectMembers(&member.ListProjectMembersParams{ProjectNameOrID: "harbour", PageSize: ptr(int64(100))}, nil))
		same(s, "the number of members", listed.XTotalCount, 5)
		names := map[string]string{}
		for _, each := range listed.Payload {
			names[each.EntityName] = each.RoleName
			same(s, "the kind of "+each.EntityName, each.EntityType, "u")
		}
		for _, role := range roles {
			same(s, "the role of "+role.user, names[role.user], role.name)
		}
		some := must(ann.Member.ListProjectMembers(&member.ListProjectMembersParams{ProjectNameOrID: "harbour", Entityname: ptr("ee")}, nil))
		same(s, "the members called like ee", len(some.Payload), 1)
	})
	s.step("each sees the role", func() { tellRolesSeen(s) })
	at := func(name string) *member.UpdateProjectMemberParams {
		return &member.UpdateProjectMemberParams{ProjectNameOrID: "harbour", Mid: ids[name], Role: &models.RoleRequest{RoleID: 2}}
	}
	s.step("change and end", func() {
		must(ann.Member.UpdateProjectMember(at("eve"), nil))
		eve := must(ann.Member.GetProjectMember(&member.GetProjectMemberParams{ProjectNameOrID: "harbour", Mid: ids["eve"]}, nil)).Payload
		same(s, "eve's role", eve.RoleID, 2)
		must(ann.Member.DeleteProjectMember(&member.DeleteProjectMemberParams{ProjectNameOrID: "harbour", Mid: ids["eve"]}, nil))
		_, err := s.as("eve", firstPassword).Project.GetProject(&project.GetProjectParams{ProjectNameOrID: "harbour"}, nil)
		refused[*project.GetProjectForbidden](s, err)
	})
	s.step("refusals", func() {
		again := &models.ProjectMember{RoleID: 2, MemberUser: &models.UserEntity{Username: "ben"}}
		params := &member.CreateProjectMemberParams{ProjectNameOrID: "harbour", ProjectMember: again}
		_, err := ann.Member.CreateProjectMember(params, nil)
		refused[*member.CreateProjectMemberConflict](s, err)
		_, err = s.as("ben", firstPassword).Member.CreateProjectMember(params, nil)
		refused[*member.CreateProjectMemberForbidden](s, err)
		again.RoleID, again.MemberUser = 42, &models.UserEntity{UserID: s.users["fay"]}
		_, err = ann.Member.CreateProjectMember(params, nil)
		refused[*member.CreateProjectMemberBadRequest](s, err)
		_, err = ann.Member.UpdateProjectMember(at("eve"), nil)
		refused[*member.UpdateProjectMemberNotFound](s, err)
		_, err = ann.Member.GetProjectMember(&member.GetProjectMemberParams{ProjectNameOrID: "quay", Mid: ids["ben"]}, nil)
		refused[*member.GetProjectMemberNotFound](s, err)
	})
}

// tellRolesSeen asks what each member is told of the role.
func tellRolesSeen(s *story) {
	for _, role := range roles {
		seen := must(s.as(role.user, firstPassword).Project.GetProject(&project.GetProjectParams{ProjectNameOrID: "harbour"}, nil)).Payload
		same(s, role.user+"'s role", seen.CurrentUserRoleID, role.id)
	}
	scope := fmt.Sprintf("/project/%d", s.projects["harbour"])
	asked := &user.GetCurrentUserPermissionsParams{Scope: &scope, Relative: ptr(true)}
	cid := must(s.as("cid", firstPassword).User.GetCurrentUserPermissions(asked, nil)).Payload
	s.expect(hasPermission(cid, "repository", "push"), "a developer may not push")
	s.expect(!hasPermission(cid, "repository", "delete"), "a developer may delete repositories")
}

// tellMetadata changes one switch of a project at a time.
func tellMetadata(s *story) {
	admin, ann := s.admin(), s.as("ann", firstPassword)
	at := func(name string) *project_metadata.GetProjectMetadataParams {
		return &project_metadata.GetProjectMetadataParams{ProjectNameOrID: "harbour", MetaName: name}
	}
	s.step("read", func() {
		all := must(admin.ProjectMetadata.ListProjectMetadatas(&project_metadata.ListProjectMetadatasParams{ProjectNameOrID: "harbour"}, nil)).Payload
		same(s, "public", all["public"], "false")
		one := must(ann.ProjectMetadata.GetProjectMetadata(at("public"), nil)).Payload
		same(s, "public alone", one["public"], "false")
	})
	s.step("add, change, take away", func() {
		add := map[string]string{"auto_scan": "false"}
		must(ann.ProjectMetadata.AddProjectMetadatas(&project_metadata.AddProjectMetadatasParams{ProjectNameOrID: "harbour", Metadata: add}, nil))
		_, err := ann.ProjectMetadata.AddProjectMetadatas(&project_metadata.AddProjectMetadatasParams{ProjectNameOrID: "harbour", Metadata: add}, nil)
		refused[*project_metadata.AddProjectMetadatasConflict](s, err)
		change := &project_metadata.UpdateProjectMetadataParams{ProjectNameOrID: "harbour", MetaName: "public", Metadata: map[string]string{"public": "true"}}
		must(ann.ProjectMetadata.UpdateProjectMetadata(change, nil))
		same(s, "public", must(ann.ProjectMetadata.GetProjectMetadata(at("public"), nil)).Payload["public"], "true")
		change.Metadata["public"] = "false"
		must(ann.ProjectMetadata.UpdateProjectMetadata(change, nil))
		must(ann.ProjectMetadata.DeleteProjectMetadata(&project_metadata.DeleteProjectMetadataParams{ProjectNameOrID: "harbour", MetaName: "auto_scan"}, nil))
		_, err = ann.ProjectMetadata.GetProjectMetadata(at("auto_scan"), nil)
		refused[*project_metadata.GetProjectMetadataNotFound](s, err)
	})
	s.step("refusals", func() {
		change := &project_metadata.UpdateProjectMetadataParams{ProjectNameOrID: "harbour", MetaName: "flavour", Metadata: map[string]string{"flavour": "salty"}}
		_, err := ann.ProjectMetadata.UpdateProjectMetadata(change, nil)
		refused[*project_metadata.UpdateProjectMetadataBadRequest](s, err)
		_, err = s.as("ben", firstPassword).ProjectMetadata.DeleteProjectMetadata(&project_metadata.DeleteProjectMetadataParams{ProjectNameOrID: "harbour", MetaName: "public"}, nil)
		refused[*project_metadata.DeleteProjectMetadataForbidden](s, err)
		_, err = ann.ProjectMetadata.ListProjectMetadatas(&project_metadata.ListProjectMetadatasParams{ProjectNameOrID: "harbour"}, nil)
		refused[*project_metadata.ListProjectMetadatasForbidden](s, err)
	})
}
