// Asks Go's crypto/tls about servers on loopback.
//
// A question is a line on standard input: port, name, when to ask (seconds since 1970, 0 for at
// once), and the path of a CA file, divided by tabs. The answer is a line on standard output:
// "accepted", or why not.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		question := strings.Split(lines.Text(), "\t")
		waitUntil(question[2])
		answer := "accepted"
		if err := ask(question[0], question[1], question[3]); err != nil {
			answer = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Println(answer)
	}
}

func ask(port, name, caFile string) error {
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	config := &tls.Config{RootCAs: roots, ServerName: name}
	connection, err := tls.DialWithDialer(dialer, "tcp", "127.0.0.1:"+port, config)
	if err != nil {
		return err
	}
	return connection.Close()
}

func waitUntil(seconds string) {
	at, err := strconv.ParseFloat(seconds, 64)
	if err != nil {
		panic(err)
	}
	time.Sleep(time.Until(time.UnixMicro(int64(at * 1e6))))
}
