// Certificates and keys in a file, since 10,000 of them take half a minute to make.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const keptFor = 21 * day // long before the first of them is due for renewal

type storedLeaf struct {
	Chain [][]byte
	Key   []byte
}

type storedLeaves struct {
	Root   []byte
	Leaves []storedLeaf
}

// kept takes the leaves from the directory, or makes them and puts them there.
func kept(directory, kind string, count int, intermediate bool) *leaves {
	if directory == "" {
		return newIssuer(kind, intermediate).leaves(count)
	}
	path := filepath.Join(directory, fmt.Sprintf("leaves-%s-%d-%t.gob", kind, count, intermediate))
	if about, err := os.Stat(path); err == nil && time.Since(about.ModTime()) < keptFor {
		if found, err := load(path); err == nil {
			return found
		}
	}
	made := newIssuer(kind, intermediate).leaves(count)
	fatal(os.MkdirAll(directory, 0o700))
	fatal(made.save(path))
	return made
}

func (leaves *leaves) save(path string) error {
	stored := storedLeaves{Root: leaves.root}
	for _, certificate := range leaves.certificates {
		key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
		if err != nil {
			return err
		}
		stored.Leaves = append(stored.Leaves, storedLeaf{certificate.Certificate, key})
	}
	file, err := os.CreateTemp(filepath.Dir(path), "leaves")
	if err != nil {
		return err
	}
	defer file.Close()
	if err := gob.NewEncoder(file).Encode(stored); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func load(path string) (*leaves, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var stored storedLeaves
	if err := gob.NewDecoder(file).Decode(&stored); err != nil {
		return nil, err
	}
	found := &leaves{stored.Root, make([]tls.Certificate, len(stored.Leaves))}
	onEveryCore(len(stored.Leaves), func(number int) {
		leaf := stored.Leaves[number]
		key, err := x509.ParsePKCS8PrivateKey(leaf.Key)
		fatal(err)
		found.certificates[number] = tls.Certificate{Certificate: leaf.Chain, PrivateKey: key}
	})
	return found, nil
}
