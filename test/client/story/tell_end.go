package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"berth.test/harbor/client/artifact"
	"berth.test/harbor/client/project"
	"berth.test/harbor/client/repository"
	"berth.test/harbor/client/statistic"
	"berth.test/harbor/client/user"
	"berth.test/harbor/models"
)

// tellPasswords changes passwords: one's own with the old one, another's as an administrator.
func tellPasswords(s *story) {
	change := func(as, with, old, next string) error {
		params := &user.UpdateUserPasswordParams{UserID: s.users["dee"], Password: &models.PasswordReq{OldPassword: old, NewPassword: next}}
		_, err := s.as(as, with).User.UpdateUserPassword(params, nil)
		return err
	}
	works := func(password string) error {
		_, err := s.as("dee", password).User.GetCurrentUserInfo(&user.GetCurrentUserInfoParams{}, nil)
		return err
	}
	s.step("one's own", func() {
		must(0, change("dee", firstPassword, firstPassword, "Deep-water-2"))
		must(0, works("Deep-water-2"))
	})
	s.step("refusals", func() {
		refusedBare[*user.UpdateUserPasswordForbidden](s, change("dee", "Deep-water-2", "Not-the-old-one-1", "Deep-water-3"))
		refusedBare[*user.UpdateUserPasswordBadRequest](s, change("dee", "Deep-water-2", "Deep-water-2", "shallow"))
		refusedBare[*user.UpdateUserPasswordForbidden](s, change("cid", firstPassword, firstPassword, "Deep-water-3"))
	})
	s.step("another's, as an administrator", func() {
		must(0, change("admin", s.password, "", "Deep-water-4"))
		// Whoever mistyped waits a moment, as dee did above.
		time.Sleep(2 * time.Second)
		must(0, works("Deep-water-4"))
		refused[*user.GetCurrentUserInfoUnauthorized](s, works(firstPassword))
	})
}

// tellEnd takes everything away again, in the order in which that is possible.
func tellEnd(s *story) {
	admin, ann, ben := s.admin(), s.as("ann", firstPassword), s.as("ben", firstPassword)
	s.step("not while something is in it", func() {
		kept := must(ann.Project.GetProjectDeletable(&project.GetProjectDeletableParams{ProjectNameOrID: "harbour"}, nil)).Payload
		s.expect(!kept.Deletable && kept.Message != "", "a full project can be deleted")
		_, err := ann.Project.DeleteProject(&project.DeleteProjectParams{ProjectNameOrID: "harbour"}, nil)
		refused[*project.DeleteProjectPreconditionFailed](s, err)
	})
	s.step("an artifact", func() {
		must(ben.Artifact.DeleteArtifact(&artifact.DeleteArtifactParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Reference: "v1"}, nil))
		_, err := ben.Artifact.GetArtifact(boat("v1.0"), nil)
		refused[*artifact.GetArtifactNotFound](s, err)
	})
	s.step("the repositories", func() {
		for _, owner := range []string{"harbour", "quay"} {
			listed := must(ann.Repository.ListRepositories(&repository.ListRepositoriesParams{ProjectName: owner, PageSize: ptr(int64(100))}, nil))
			for _, each := range listed.Payload {
				name := twice(strings.TrimPrefix(each.Name, owner+"/"))
				must(ann.Repository.DeleteRepository(&repository.DeleteRepositoryParams{ProjectName: owner, RepositoryName: name}, nil))
			}
			same(s, "what is left", len(must(ann.Repository.ListRepositories(&repository.ListRepositoriesParams{ProjectName: owner}, nil)).Payload), 0)
		}
	})
	s.step("the projects", func() {
		for _, name := range slices.Sorted(maps.Keys(s.projects)) {
			id := fmt.Sprint(s.projects[name])
			must(admin.Project.DeleteProject(&project.DeleteProjectParams{ProjectNameOrID: id}, nil))
			_, err := admin.Project.GetProject(&project.GetProjectParams{ProjectNameOrID: id}, nil)
			refused[*project.GetProjectNotFound](s, err)
		}
	})
	s.step("the people", func() {
		for _, name := range slices.Sorted(maps.Keys(s.users)) {
			must(admin.User.DeleteUser(&user.DeleteUserParams{UserID: s.users[name]}, nil))
		}
		_, err := ann.User.GetCurrentUserInfo(&user.GetCurrentUserInfoParams{}, nil)
		refused[*user.GetCurrentUserInfoUnauthorized](s, err)
		left := must(admin.User.ListUsers(&user.ListUsersParams{}, nil))
		same(s, "the people left", left.XTotalCount, 0)
	})
	s.step("nothing is left", func() {
		counts := must(admin.Statistic.GetStatistic(&statistic.GetStatisticParams{}, nil)).Payload
		same(s, "the repositories", counts.TotalRepoCount, 0)
	})
}
