import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarFile;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;

/** Reads a zoo.cfg as ZooKeeper does when it starts; prints why it would not, or each key that nothing in it reads. */
public class Judge {
  private static final String PREFIX = "zookeeper.";

  public static void main(String[] arguments) throws Exception {
    QuorumPeerConfig config = new QuorumPeerConfig();
    try {
      config.parse(arguments[0]);
    } catch (QuorumPeerConfig.ConfigException refused) {
      Throwable why = refused.getCause() == null ? refused : refused.getCause();
      System.out.println(why.getMessage());
      return;
    }
    // What the parser does not know it hands to whoever asks for a property of that name.
    Properties given = new Properties();
    given.load(Files.newBufferedReader(Path.of(arguments[0])));
    List<String> handed = new ArrayList<>();
    for (String key : given.stringPropertyNames()) {
      boolean member = key.startsWith("server.") && config.getServers().containsKey(Long.valueOf(key.substring(7)));
      if (System.getProperty(PREFIX + key) != null && !member) {
        handed.add(key);
      }
    }
    Path itself = Path.of(QuorumPeerConfig.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (JarFile jar = new JarFile(itself.toFile())) {
      for (var entry : jar.stream().filter(it -> it.getName().endsWith(".class")).toList()) {
        String constants = new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1);
        handed.removeIf(key -> constants.contains(PREFIX + key));
      }
    }
    handed.forEach(key -> System.out.println("nothing reads " + key));
  }
}
