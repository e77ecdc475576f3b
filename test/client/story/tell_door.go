package main

import (
	"bytes"
	"slices"
	"strings"

	"berth.test/harbor/client/health"
	"berth.test/harbor/client/permissions"
	"berth.test/harbor/client/ping"
	"berth.test/harbor/client/project"
	"berth.test/harbor/client/search"
	"berth.test/harbor/client/statistic"
	"berth.test/harbor/client/systeminfo"
	"berth.test/harbor/client/user"
	"berth.test/harbor/models"
)

// tellStranger is what anybody may read without an account, and what nobody may.
func tellStranger(s *story) {
	nobody := s.as("", "")
	s.step("ping and health", func() {
		pong := must(nobody.Ping.GetPing(&ping.GetPingParams{}, nil))
		same(s, "the answer to ping", pong.Payload, "Pong")
		state := must(nobody.Health.GetHealth(&health.GetHealthParams{}, nil)).Payload
		same(s, "the health", state.Status, "healthy")
		parts := pick(state.Components, func(part *models.ComponentHealthStatus) string { return part.Name })
		s.expect(slices.IsSorted(parts) && len(parts) > 0, "the components are %v", parts)
	})
	s.step("system information", func() {
		info := must(nobody.Systeminfo.GetSystemInfo(&systeminfo.GetSystemInfoParams{}, nil)).Payload
		same(s, "the way to sign in", value(info.AuthMode), "db_auth")
		s.expect(info.SelfRegistration != nil, "a stranger is not told whether one may register")
		s.expect(info.HarborVersion == nil && info.CurrentTime == nil, "a stranger is told the version")
	})
	s.step("the authority of its certificate", func() {
		var certificate bytes.Buffer
		_, err := nobody.Systeminfo.GetCert(&systeminfo.GetCertParams{}, nil, &certificate)
		if strings.HasPrefix(s.origin, "http:") {
			refusedBare[*systeminfo.GetCertNotFound](s, err)
			return
		}
		must(0, err)
		s.expect(strings.HasPrefix(certificate.String(), "-----BEGIN CERTIFICATE-----"), "no certificate: %q", &certificate)
	})
	s.step("lists of what is public", func() {
		found := must(nobody.Search.Search(&search.SearchParams{Q: "harbour"}, nil)).Payload
		s.expect(len(found.Project) == 0 && len(found.Repository) == 0, "something is found already")
		listed := must(nobody.Project.ListProjects(&project.ListProjectsParams{Public: ptr(false)}, nil))
		s.expect(len(listed.Payload) == 0, "a stranger sees private projects")
	})
	s.step("what needs an account", func() {
		_, err := nobody.User.GetCurrentUserInfo(&user.GetCurrentUserInfoParams{}, nil)
		refused[*user.GetCurrentUserInfoUnauthorized](s, err)
		_, err = nobody.User.ListUsers(&user.ListUsersParams{}, nil)
		refused[*user.ListUsersUnauthorized](s, err)
		_, err = nobody.User.SearchUsers(&user.SearchUsersParams{Username: "a"}, nil)
		refused[*user.SearchUsersUnauthorized](s, err)
		_, err = nobody.Project.CreateProject(&project.CreateProjectParams{
			Project: &models.ProjectReq{ProjectName: "harbour"},
		}, nil)
		refused[*project.CreateProjectUnauthorized](s, err)
		_, err = nobody.Project.GetProject(&project.GetProjectParams{ProjectNameOrID: "harbour"}, nil)
		refused[*project.GetProjectUnauthorized](s, err)
		_, err = nobody.Systeminfo.GetVolumes(&systeminfo.GetVolumesParams{}, nil)
		refused[*systeminfo.GetVolumesUnauthorized](s, err)
		_, err = nobody.Statistic.GetStatistic(&statistic.GetStatisticParams{}, nil)
		refused[*statistic.GetStatisticUnauthorized](s, err)
		_, err = nobody.Permissions.GetPermissions(&permissions.GetPermissionsParams{}, nil)
		refused[*permissions.GetPermissionsUnauthorized](s, err)
	})
	s.step("a wrong password", func() {
		_, err := s.as("nobody-at-all", firstPassword).Project.ListProjects(&project.ListProjectsParams{}, nil)
		refused[*project.ListProjectsUnauthorized](s, err)
	})
}

// tellAdministrator is what the first administrator reads of an empty registry.
func tellAdministrator(s *story) {
	admin := s.admin()
	s.step("who am I", func() {
		me := must(admin.User.GetCurrentUserInfo(&user.GetCurrentUserInfoParams{}, nil)).Payload
		same(s, "my name", me.Username, "admin")
		same(s, "my id", me.UserID, 1)
		s.expect(me.SysadminFlag, "the administrator is none")
	})
	s.step("system information", func() {
		info := must(admin.Systeminfo.GetSystemInfo(&systeminfo.GetSystemInfoParams{}, nil)).Payload
		s.expect(strings.HasPrefix(value(info.HarborVersion), "v2."), "the version is %q", value(info.HarborVersion))
		s.expect(strings.HasSuffix(s.origin, value(info.RegistryURL)), "the registry is at %q", value(info.RegistryURL))
		s.expect(info.CurrentTime != nil, "no current time")
		s.expect(info.ReadOnly != nil && !*info.ReadOnly, "read-only is %v", info.ReadOnly)
		volumes := must(admin.Systeminfo.GetVolumes(&systeminfo.GetVolumesParams{}, nil)).Payload.Storage
		s.expect(len(volumes) > 0 && volumes[0].Total >= volumes[0].Free && volumes[0].Total > 0, "the volumes are %v", volumes)
	})
	s.step("permissions", func() {
		all := must(admin.Permissions.GetPermissions(&permissions.GetPermissionsParams{}, nil)).Payload
		s.expect(hasPermission(all.Project, "repository", "push"), "a robot of a project could not push")
		s.expect(hasPermission(all.System, "project", "create"), "a robot of the system could not create projects")
	})
	s.step("nothing is there yet", func() {
		counts := must(admin.Statistic.GetStatistic(&statistic.GetStatisticParams{}, nil)).Payload
		same(s, "the number of repositories", counts.TotalRepoCount, 0)
		same(s, "the bytes", counts.TotalStorageConsumption, 0)
		same(s, "all projects", counts.TotalProjectCount, counts.PrivateProjectCount+counts.PublicProjectCount)
	})
}

func hasPermission(list []*models.Permission, resource, action string) bool {
	return slices.ContainsFunc(list, func(each *models.Permission) bool {
		return each.Resource == resource && each.Action == action
	})
}
