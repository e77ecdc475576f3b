package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"maps"
	"slices"
)

// archive packs files into a gzip-compressed tar.
func archive(files map[string]string) []byte {
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	writer := tar.NewWriter(compressed)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content := []byte(files[name])
		must(0, writer.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}))
		must(writer.Write(content))
	}
	must(0, writer.Close())
	must(0, compressed.Close())
	return packed.Bytes()
}
