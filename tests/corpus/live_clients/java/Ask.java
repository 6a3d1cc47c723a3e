import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Asks Java's default trust manager (PKIX), with the endpoint identification of HTTPS, about
 * servers on loopback.
 *
 * <p>A question is a line on standard input: port, name, when to ask (seconds since 1970, 0 for at
 * once), and the path of a CA file, divided by tabs. The answer is a line on standard output:
 * "accepted", or why not.
 */
class Ask {
  public static void main(String[] arguments) throws Exception {
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] question = line.split("\t");
      waitUntil(question[2]);
      String answer = "accepted";
      try {
        ask(Integer.parseInt(question[0]), question[1], question[3]);
      } catch (Exception refusal) {
        answer = reason(refusal);
      }
      System.out.println(answer);
    }
  }

  private static void ask(int port, String name, String caFile) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trustStore(caFile));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
      plain.setSoTimeout(10_000);
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, name, port, true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
      }
    }
  }

  /** What `keytool -importcert` would have taken of the file. */
  private static KeyStore trustStore(String caFile) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    Matcher blocks = BLOCK.matcher(Files.readString(Path.of(caFile)));
    for (int number = 0; blocks.find(); number++) {
      byte[] block = blocks.group().getBytes(StandardCharsets.US_ASCII);
      try {
        store.setCertificateEntry(
            "ca" + number, factory.generateCertificate(new ByteArrayInputStream(block)));
      } catch (CertificateException notTaken) {
        continue;
      }
    }
    return store;
  }

  private static String reason(Throwable refusal) {
    Throwable deepest = refusal;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    String text = refusal.getMessage();
    if (deepest != refusal) {
      text += ": " + deepest.getMessage();
    }
    return text.replaceAll("\\s+", " ");
  }

  private static void waitUntil(String seconds) throws InterruptedException {
    long left = (long) (Double.parseDouble(seconds) * 1000) - System.currentTimeMillis();
    if (left > 0) {
      Thread.sleep(left);
    }
  }

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", Pattern.DOTALL);
}
