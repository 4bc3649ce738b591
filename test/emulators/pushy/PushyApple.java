import com.eatthepath.pushy.apns.auth.ApnsVerificationKey;
import com.eatthepath.pushy.apns.server.MockApnsServer;
import com.eatthepath.pushy.apns.server.MockApnsServerBuilder;
import com.eatthepath.pushy.apns.server.MockApnsServerListener;
import com.eatthepath.pushy.apns.server.PushNotificationHandler;
import com.eatthepath.pushy.apns.server.RejectionReason;
import com.eatthepath.pushy.apns.server.ValidatingPushNotificationHandlerFactory;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLSession;

/**
 * pushy's Apple on a free port of 127.0.0.1, for as long as standard input is open. Writes `listening PORT` first, then
 * a line for each notification: `accepted HEADERS PAYLOAD` or `rejected REASON HEADERS`, headers and payload in base64.
 * Reads lines:
 *
 *   key TEAM KEY_ID PUBLIC_KEY_PEM_IN_BASE64 TOPIC,TOPIC    a signing key, and what it may send to
 *   revoke KEY_ID                                           is a signing key no longer
 *   token TOPIC TOKEN                                       a device token
 *   gone TOKEN EPOCH_MILLISECONDS                           is unregistered since then
 *
 * and answers each with `done`.
 */
public final class PushyApple {
  private static final Map<String, Set<String>> tokensByTopic = new ConcurrentHashMap<>();
  private static final Map<String, Instant> goneSince = new ConcurrentHashMap<>();
  private static final Map<String, ApnsVerificationKey> keys = new ConcurrentHashMap<>();
  private static final Map<ApnsVerificationKey, Set<String>> topicsByKey = new ConcurrentHashMap<>();

  public static void main(final String[] args) throws Exception {
    final MockApnsServer server =
        new MockApnsServerBuilder()
            .setServerCredentials(new File(args[0]), new File(args[1]), null)
            .setHandlerFactory(PushyApple::handlerFor)
            .setListener(new Teller())
            .build();
    say("listening " + listenOnLoopback(server));
    final BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try {
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        obey(line.split(" "));
        say("done");
      }
    } catch (final Exception e) {
      // The server's threads would outlive this one, and whoever waits for `done` would wait for ever.
      System.exit(1);
    }
    System.exit(0);
  }

  private static PushNotificationHandler handlerFor(final SSLSession session) {
    final PushNotificationHandler judge =
        new ValidatingPushNotificationHandlerFactory(tokensByTopic, goneSince, keys, topicsByKey)
            .buildHandler(session);
    return (headers, payload) -> {
      final CharSequence authorization = headers.get("authorization");
      if (authorization != null) headers.set("authorization", signedInDer(authorization.toString()));
      judge.handlePushNotification(headers, payload);
    };
  }

  /**
   * pushy 0.15.4 takes a signature in DER alone, where RFC 7518, section 3.4, has two numbers of 32 bytes side by side. What
   * is neither is left as it is, for pushy to refuse.
   */
  private static String signedInDer(final String authorization) {
    final int dot = authorization.lastIndexOf('.');
    final byte[] signature;
    try {
      signature = Base64.getUrlDecoder().decode(authorization.substring(dot + 1));
    } catch (final IllegalArgumentException e) {
      return authorization;
    }
    if (signature.length != 64) return authorization;
    final byte[] first = new BigInteger(1, Arrays.copyOfRange(signature, 0, 32)).toByteArray();
    final byte[] second = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64)).toByteArray();
    final ByteArrayOutputStream der = new ByteArrayOutputStream();
    der.write(0x30);
    der.write(first.length + second.length + 4);
    for (final byte[] number : List.of(first, second)) {
      der.write(0x02);
      der.write(number.length);
      der.writeBytes(number);
    }
    final String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(der.toByteArray());
    return authorization.substring(0, dot + 1) + encoded;
  }

  /** Its own start() listens on every address. */
  private static int listenOnLoopback(final MockApnsServer server) throws Exception {
    final Field bootstrap = server.getClass().getSuperclass().getDeclaredField("bootstrap");
    bootstrap.setAccessible(true);
    final Channel channel = ((ServerBootstrap) bootstrap.get(server)).bind("127.0.0.1", 0).sync().channel();
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  private static void obey(final String[] words) throws Exception {
    switch (words[0]) {
      case "key" -> {
        final byte[] pem = Base64.getDecoder().decode(words[3]);
        final ApnsVerificationKey key =
            ApnsVerificationKey.loadFromInputStream(new ByteArrayInputStream(pem), words[1], words[2]);
        keys.put(words[2], key);
        topicsByKey.put(key, Set.of(words[4].split(",")));
      }
      case "revoke" -> keys.remove(words[1]);
      case "token" ->
          tokensByTopic.computeIfAbsent(words[1], topic -> ConcurrentHashMap.newKeySet()).add(words[2]);
      case "gone" -> goneSince.put(words[1], Instant.ofEpochMilli(Long.parseLong(words[2])));
      default -> throw new IllegalArgumentException(words[0]);
    }
  }

  private static synchronized void say(final String line) {
    System.out.println(line);
    System.out.flush();
  }

  private static String base64(final String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String written(final Http2Headers headers) {
    final StringBuilder text = new StringBuilder();
    for (final Map.Entry<CharSequence, CharSequence> header : headers) {
      // Which is a secret.
      if ("authorization".contentEquals(header.getKey())) continue;
      text.append(header.getKey()).append('\t').append(header.getValue()).append('\n');
    }
    return base64(text.toString());
  }

  private static final class Teller implements MockApnsServerListener {
    @Override
    public void handlePushNotificationAccepted(final Http2Headers headers, final ByteBuf payload) {
      say("accepted " + written(headers) + " " + base64(payload.toString(StandardCharsets.UTF_8)));
    }

    @Override
    public void handlePushNotificationRejected(
        final Http2Headers headers, final ByteBuf payload, final RejectionReason reason, final Instant since) {
      say("rejected " + reason + " " + written(headers));
    }
  }
}
