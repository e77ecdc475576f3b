package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
)

const (
	ociManifest = "application/vnd.oci.image.manifest.v1+json"
	ociIndex    = "application/vnd.oci.image.index.v1+json"
	ociConfig   = "application/vnd.oci.image.config.v1+json"
	ociLayer    = "application/vnd.oci.image.layer.v1.tar"
	ociEmpty    = "application/vnd.oci.empty.v1+json"
	helmConfig  = "application/vnd.cncf.helm.config.v1+json"
	helmChart   = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
	cosignLayer = "application/vnd.dev.cosign.simplesigning.v1+json"
	sigstore    = "application/vnd.dev.sigstore.bundle.v0.3+json"
)

// descriptor is how OCI names content.
type descriptor struct {
	MediaType string    `json:"mediaType"`
	Digest    string    `json:"digest"`
	Size      int       `json:"size"`
	Platform  *platform `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	ArtifactType  string            `json:"artifactType,omitempty"`
	Config        *descriptor       `json:"config,omitempty"`
	Layers        []descriptor      `json:"layers,omitempty"`
	Manifests     []descriptor      `json:"manifests,omitempty"`
	Subject       *descriptor       `json:"subject,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// pusher pushes into one repository, over the plain registry protocol.
type pusher struct {
	story      *story
	user       string
	repository string
}

func digestOf(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }

func toJSON(document any) []byte {
	text, err := json.Marshal(document)
	if err != nil {
		panic(failure{err.Error()})
	}
	return text
}

func (p pusher) send(method, path, mediaType string, content []byte) {
	got := p.story.send(call{
		method: method, path: "/v2/" + p.repository + path,
		user: p.user, password: firstPassword, body: string(content),
		header: http.Header{"Content-Type": {mediaType}},
	})
	if got.status != http.StatusCreated {
		panic(failure{fmt.Sprintf("%s: %s %s of %s: %d %s", teller(), method, path, p.repository, got.status, got.body)})
	}
}

func (p pusher) blob(mediaType string, content []byte) descriptor {
	pushed := descriptor{MediaType: mediaType, Digest: digestOf(content), Size: len(content)}
	p.send("POST", "/blobs/uploads/?digest="+pushed.Digest, "application/octet-stream", content)
	return pushed
}

// manifest pushes a manifest under a tag, or by its digest where the tag is empty.
func (p pusher) manifest(tag string, document manifest) descriptor {
	document.SchemaVersion = 2
	content := toJSON(document)
	pushed := descriptor{MediaType: document.MediaType, Digest: digestOf(content), Size: len(content)}
	if tag == "" {
		tag = pushed.Digest
	}
	p.send("PUT", "/manifests/"+tag, document.MediaType, content)
	return pushed
}

// image pushes a small image for a platform.
func (p pusher) image(tag, architecture, seed string) descriptor {
	config := p.blob(ociConfig, toJSON(map[string]any{
		"architecture": architecture, "os": "linux", "created": "2026-01-02T03:04:05Z", "author": "the story",
		"config":  map[string]any{"Env": []string{"SEED=" + seed}},
		"rootfs":  map[string]any{"type": "layers", "diff_ids": []string{digestOf([]byte(seed))}},
		"history": []map[string]any{{"created_by": "RUN make " + seed}, {"created_by": "ENV A=1", "empty_layer": true}},
	}))
	layer := p.blob(ociLayer, []byte("layer of "+seed))
	pushed := p.manifest(tag, manifest{MediaType: ociManifest, Config: &config, Layers: []descriptor{layer}})
	pushed.Platform = &platform{architecture, "linux"}
	return pushed
}

// index pushes an image of two platforms.
func (p pusher) index(tag, seed string) (descriptor, []descriptor) {
	children := []descriptor{p.image("", "amd64", seed+"-amd64"), p.image("", "arm64", seed+"-arm64")}
	return p.manifest(tag, manifest{MediaType: ociIndex, Manifests: children}), children
}

// signature pushes a signature in cosign's older form, found by its tag.
func (p pusher) signature(of descriptor) descriptor {
	config := p.blob(ociConfig, []byte(`{}`))
	payload := p.blob(cosignLayer, toJSON(map[string]string{"signed": of.Digest}))
	tag := "sha256-" + of.Digest[len("sha256:"):] + ".sig"
	return p.manifest(tag, manifest{MediaType: ociManifest, Config: &config, Layers: []descriptor{payload}})
}

// referrer pushes an artifact that refers to another by its subject.
func (p pusher) referrer(of descriptor, artifactType string) descriptor {
	empty := p.blob(ociEmpty, []byte(`{}`))
	subject := descriptor{MediaType: of.MediaType, Digest: of.Digest, Size: of.Size}
	return p.manifest("", manifest{
		MediaType: ociManifest, ArtifactType: artifactType, Config: &empty,
		Layers: []descriptor{empty}, Subject: &subject,
	})
}

// chart pushes a Helm chart whose files are in a compressed archive.
func (p pusher) chart(tag string) descriptor {
	config := p.blob(helmConfig, toJSON(map[string]any{
		"apiVersion": "v2", "name": "anchor", "version": "1.2.3", "appVersion": "4", "description": "holds ships",
		"dependencies": []map[string]string{{"name": "chain", "version": "0.1.0", "repository": "https://charts.example.test"}},
	}))
	content := p.blob(helmChart, archive(map[string]string{
		"anchor/Chart.yaml": "apiVersion: v2\nname: anchor\nversion: 1.2.3\n" +
			"dependencies:\n- name: chain\n  version: 0.1.0\n  repository: https://charts.example.test\n",
		"anchor/values.yaml": "weight: 5\n",
		"anchor/README.md":   "# Anchor 港\n",
	}))
	return p.manifest(tag, manifest{MediaType: ociManifest, Config: &config, Layers: []descriptor{content}})
}
