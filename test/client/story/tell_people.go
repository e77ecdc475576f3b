package main

import (
	"fmt"
	"strconv"
	"strings"

	"berth.test/harbor/client/user"
	"berth.test/harbor/models"
)

// Everybody's first password.
const firstPassword = "Sailor-man-1"

// tellPeople makes the people of the story, and changes them.
func tellPeople(s *story) {
	admin := s.admin()
	for _, name := range []string{"ann", "ben", "cid", "dee", "eve", "fay", "gus"} {
		s.step("create "+name, func() {
			made := must(admin.User.CreateUser(&user.CreateUserParams{UserReq: newUser(name)}, nil))
			s.users[name] = idAtEnd(s, made.Location, "/api/v2.0/users/")
		})
	}
	s.step("read one", func() {
		one := must(admin.User.GetUser(&user.GetUserParams{UserID: s.users["ann"]}, nil)).Payload
		same(s, "the name", one.Username, "ann")
		same(s, "the e-mail", one.Email, "ann@example.test")
		same(s, "the full name", one.Realname, "Ann of the harbour 港")
		s.expect(!one.SysadminFlag, "a new user is an administrator")
	})
	s.step("list", func() {
		list := must(admin.User.ListUsers(&user.ListUsersParams{Sort: ptr("-username"), PageSize: ptr(int64(4))}, nil))
		same(s, "the count (admin is left out)", list.XTotalCount, 7)
		names := pick(list.Payload, func(each *models.UserResp) string { return each.Username })
		sameList(s, "the first four, backwards", names, []string{"gus", "fay", "eve", "dee"})
		s.expect(strings.Contains(list.Link, `rel="next"`), "the link is %q", list.Link)
		exact := must(admin.User.ListUsers(&user.ListUsersParams{Q: ptr("username=ben,email=ben@example.test")}, nil))
		same(s, "the users called ben", len(exact.Payload), 1)
		parts := must(admin.User.ListUsers(&user.ListUsersParams{Q: ptr("username=~E"), Sort: ptr("username")}, nil))
		names = pick(parts.Payload, func(each *models.UserResp) string { return each.Username })
		sameList(s, "the names with an e", names, []string{"ben", "dee", "eve"})
	})
	s.step("search", func() {
		found := must(s.as("ann", firstPassword).User.SearchUsers(&user.SearchUsersParams{Username: "be"}, nil)).Payload
		same(s, "the people found", len(found), 1)
		same(s, "the id of ben", found[0].UserID, s.users["ben"])
	})
	s.step("change one's profile", func() {
		ann := s.as("ann", firstPassword)
		profile := &models.UserProfile{Email: "ann@ships.test", Realname: "Ann", Comment: "<b>'; --</b> \U0001f6a2"}
		must(ann.User.UpdateUserProfile(&user.UpdateUserProfileParams{UserID: s.users["ann"], Profile: profile}, nil))
		me := must(ann.User.GetCurrentUserInfo(&user.GetCurrentUserInfoParams{}, nil)).Payload
		same(s, "the comment", me.Comment, profile.Comment)
		same(s, "the e-mail", me.Email, profile.Email)
	})
	s.step("make an administrator, and none again", func() {
		for _, flag := range []bool{true, false} {
			// The generated model leaves false out: an empty body means false.
			body := &models.UserSysAdminFlag{SysadminFlag: flag}
			must(admin.User.SetUserSysAdmin(&user.SetUserSysAdminParams{UserID: s.users["ben"], SysadminFlag: body}, nil))
			ben := must(admin.User.GetUser(&user.GetUserParams{UserID: s.users["ben"]}, nil)).Payload
			same(s, "whether ben is an administrator", ben.SysadminFlag, flag)
		}
	})
	s.step("a wrong password", func() {
		// Whoever mistypes waits a moment: gus does nothing else.
		_, err := s.as("gus", "Not-my-password-1").User.GetCurrentUserInfo(&user.GetCurrentUserInfoParams{}, nil)
		refused[*user.GetCurrentUserInfoUnauthorized](s, err)
	})
	s.step("refusals", func() { tellPeopleRefused(s) })
}

func tellPeopleRefused(s *story) {
	admin, ann := s.admin(), s.as("ann", firstPassword)
	_, err := admin.User.CreateUser(&user.CreateUserParams{UserReq: newUser("ann")}, nil)
	refused[*user.CreateUserConflict](s, err)
	weak := newUser("hal")
	weak.Password = "password"
	_, err = admin.User.CreateUser(&user.CreateUserParams{UserReq: weak}, nil)
	refused[*user.CreateUserBadRequest](s, err)
	_, err = ann.User.CreateUser(&user.CreateUserParams{UserReq: newUser("hal")}, nil)
	refused[*user.CreateUserForbidden](s, err)
	_, err = ann.User.ListUsers(&user.ListUsersParams{}, nil)
	refused[*user.ListUsersForbidden](s, err)
	_, err = ann.User.GetUser(&user.GetUserParams{UserID: s.users["ben"]}, nil)
	refused[*user.GetUserForbidden](s, err)
	_, err = admin.User.GetUser(&user.GetUserParams{UserID: 987654}, nil)
	refused[*user.GetUserNotFound](s, err)
	grant := &models.UserSysAdminFlag{SysadminFlag: true}
	_, err = ann.User.SetUserSysAdmin(&user.SetUserSysAdminParams{UserID: s.users["ann"], SysadminFlag: grant}, nil)
	refused[*user.SetUserSysAdminForbidden](s, err)
	_, err = admin.User.DeleteUser(&user.DeleteUserParams{UserID: 1}, nil)
	refused[*user.DeleteUserForbidden](s, err)
	_, err = admin.User.DeleteUser(&user.DeleteUserParams{UserID: 987654}, nil)
	refused[*user.DeleteUserNotFound](s, err)
	taken := &models.UserProfile{Email: "ben@example.test", Realname: "Ann"}
	_, err = ann.User.UpdateUserProfile(&user.UpdateUserProfileParams{UserID: s.users["ben"], Profile: taken}, nil)
	refused[*user.UpdateUserProfileForbidden](s, err)
	secret := &models.OIDCCliSecretReq{Secret: "Sailor-man-2"}
	_, err = ann.User.SetCliSecret(&user.SetCliSecretParams{UserID: s.users["ann"], Secret: secret}, nil)
	refusedBare[*user.SetCliSecretPreconditionFailed](s, err)
}

func newUser(name string) *models.UserCreationReq {
	return &models.UserCreationReq{
		Username: name,
		Password: firstPassword,
		Email:    name + "@example.test",
		Realname: fmt.Sprintf("%s of the harbour 港", strings.ToUpper(name[:1])+name[1:]),
		Comment:  "made by the story",
	}
}

// idAtEnd reads the id at the end of a Location, as Harbor's clients do.
func idAtEnd(s *story, location, prefix string) int64 {
	text, found := strings.CutPrefix(location, prefix)
	id, err := strconv.ParseInt(text, 10, 64)
	s.expect(found && err == nil && id > 0, "the location is %q", location)
	return id
}
