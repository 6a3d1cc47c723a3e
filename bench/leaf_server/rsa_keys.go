// 10,000 different RSA keys in seconds: each is the product of two out of a few primes.
//
// Who has two such keys can factor both, so they are good for nothing but a benchmark. To a client
// they cost what any RSA key of 2048 bits costs, and none is like another.
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
)

const (
	exponent   = 65537
	primeCount = 150 // 11,175 pairs
	primeBits  = 1024
)

type rsaKeys struct{ pairs [][2]*big.Int }

func newRSAKeys() *rsaKeys {
	primes := make([]*big.Int, primeCount)
	onEveryCore(primeCount, func(number int) { primes[number] = prime() })
	made := &rsaKeys{}
	for second, q := range primes {
		for _, p := range primes[:second] {
			made.pairs = append(made.pairs, [2]*big.Int{p, q})
		}
	}
	return made
}

func (keys *rsaKeys) key(number int) crypto.Signer {
	pair := keys.pairs[number%len(keys.pairs)]
	p, q := pair[0], pair[1]
	phi := new(big.Int).Mul(less(p), less(q))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: exponent},
		D:         new(big.Int).ModInverse(big.NewInt(exponent), phi),
		Primes:    []*big.Int{p, q},
	}
	key.Precompute()
	return key
}

// prime has its two highest bits set, so the product of two has exactly 2048 bits.
func prime() *big.Int {
	for {
		candidate, err := rand.Prime(rand.Reader, primeBits)
		fatal(err)
		if new(big.Int).Mod(less(candidate), big.NewInt(exponent)).Sign() != 0 {
			return candidate
		}
	}
}

func less(number *big.Int) *big.Int { return new(big.Int).Sub(number, big.NewInt(1)) }
