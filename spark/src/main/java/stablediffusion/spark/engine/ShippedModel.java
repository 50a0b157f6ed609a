package stablediffusion.spark.engine;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkEnv;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.Utils;
import stablediffusion.library.ModelLibrary;
import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Is a copy of a model on a file system that Hadoop knows. Each executor copies it once to its local disk, where it can be mapped; Spark removes
 * that folder when the executor ends.
 *
 * @param root folder of the copy, as a URI
 * @param model what is in it
 */
public record ShippedModel(String root, Content model, SerializableConfiguration configuration) implements ModelFolder {
    /** State of the process, because Spark gives a task nothing else that outlives it. Has complete copies only. */
    private static final Map<Content, Path> RECEIVED = new ConcurrentHashMap<>();

    /**
     * Says what a model consists of, so that two jobs with one model share its copy.
     *
     * @param name of the model, which becomes part of the pictures' metadata
     */
    record Content(String name, List<SentFile> files) implements Serializable {}

    /** @param sha256 checksum, 64 hexadecimal digits */
    record SentFile(String name, String sha256) implements Serializable {}

    /**
     * Copies a model's files to where executors can read them.
     *
     * @param place folder for the copy; files in it are replaced
     */
    public static ShippedModel send(ModelDirectory model, org.apache.hadoop.fs.Path place, Configuration configuration) throws IOException {
        FileSystem system = place.getFileSystem(configuration);
        List<SentFile> sent = new ArrayList<>();
        for (String file : files(model)) {
            try (InputStream in = Files.newInputStream(model.folder().resolve(file));
                    OutputStream out = system.create(new org.apache.hadoop.fs.Path(place, file), true)) {
                sent.add(new SentFile(file, copy(in, out)));
            }
        }
        return new ShippedModel(system.makeQualified(place).toString(), new Content(ModelLibrary.name(model.folder()), List.copyOf(sent)),
                new SerializableConfiguration(configuration));
    }

    private static List<String> files(ModelDirectory model) {
        return Stream.concat(Stream.of(Manifest.FILE), model.manifest().blobs().stream().map(Manifest.BlobFile::file)).toList();
    }

    /** Returns this executor's copy; the first task that asks makes it, and others wait. */
    @Override
    public Path onThisMachine() {
        return RECEIVED.computeIfAbsent(model, _ -> receive(
                Utils.createTempDir(Utils.getLocalDir(SparkEnv.get().conf()), "sd-model").toPath()));
    }

    /**
     * Copies the model to a folder of its name.
     *
     * @param parent an empty folder, which is deleted if this fails
     * @throws UserException if a file cannot be copied, or has another checksum than it had when it was sent
     */
    Path receive(Path parent) {
        Path folder = parent.resolve(model.name());
        try {
            Files.createDirectory(folder);
            for (SentFile file : model.files()) {
                receive(file, folder.resolve(file.name()));
            }
            return folder;
        } catch (IOException e) {
            Utils.deleteRecursively(parent.toFile());
            throw new UserException("cannot copy the model from " + root + " to " + folder + ": " + FileFailure.reason(e), e);
        }
    }

    private void receive(SentFile file, Path target) throws IOException {
        org.apache.hadoop.fs.Path source = new org.apache.hadoop.fs.Path(root, file.name());
        try (InputStream in = source.getFileSystem(configuration.value()).open(source); OutputStream out = Files.newOutputStream(target)) {
            if (!copy(in, out).equals(file.sha256())) {
                throw new IOException(file.name() + " arrived damaged, its SHA-256 is not that of the file that was sent");
            }
        }
    }

    /** Copies all bytes and returns their SHA-256. */
    private static String copy(InputStream in, OutputStream out) throws IOException {
        try {
            DigestInputStream read = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"));
            read.transferTo(out);
            return HexFormat.of().formatHex(read.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing);
        }
    }
}
