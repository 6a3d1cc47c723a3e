// A TLS server on Java's own TLS stack that can demand a client certificate.
import java.io.*;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.*;

public class JsseServer {
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream file = new FileInputStream(arguments[1])) {
            keys.load(file, "changeit".toCharArray());
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream file = new FileInputStream(arguments[2])) {
            trusted.setCertificateEntry(
                "ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("PKIX");
        keyManagers.init(keys, "changeit".toCharArray());
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance("PKIX");
        trustManagers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(port, 50, InetAddress.getByName("127.0.0.1"));
        listener.setEnabledProtocols(arguments[3].split(","));
        listener.setNeedClientAuth(Boolean.parseBoolean(arguments[4]));
        if ("want".equals(System.getenv("CLIENT_AUTH"))) {
            listener.setWantClientAuth(true);
        }
        while (true) {
            SSLSocket connection = (SSLSocket) listener.accept();
            new Thread(() -> {
                try (connection) {
                    connection.startHandshake();
                    BufferedReader request =
                        new BufferedReader(new InputStreamReader(connection.getInputStream()));
                    for (String line = request.readLine(); line != null && !line.isEmpty();) {
                        line = request.readLine();
                    }
                    connection.getOutputStream().write(
                        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".getBytes());
                } catch (IOException refused) {
                    // What the tests are about.
                }
            }).start();
        }
    }
}
