package stablediffusion.spark.engine;

import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;
import stablediffusion.model.FileFailure;
import stablediffusion.model.UserException;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Sends a model's files to the executors, each of which fetches them once. */
public final class ShippedModel {
    private ShippedModel() {}

    /**
     * Has executors fetch the files of a converted model before their next task.
     *
     * @return the names of the files
     */
    public static List<String> send(SparkContext context, ModelDirectory model) {
        List<String> files =
                Stream.concat(Stream.of(Manifest.FILE), model.manifest().blobs().stream().map(Manifest.BlobFile::file)).toList();
        files.forEach(file -> context.addFile(model.folder().toAbsolutePath().resolve(file).toUri().toString()));
        return files;
    }

    /**
     * Returns a folder with the files that this executor has fetched. It has the model's name, which becomes part of the pictures' metadata.
     *
     * @throws UserException if it cannot be made
     */
    static Path receive(String name, List<String> files) {
        Path fetched = Path.of(SparkFiles.get(Manifest.FILE)).toAbsolutePath().getParent();
        try {
            Path folder = Files.createDirectories(fetched.resolve("model").resolve(name));
            for (String file : files) {
                link(folder.resolve(file), fetched.resolve(file));
            }
            return folder;
        } catch (IOException e) {
            throw new UserException("cannot unpack the model that was sent: " + FileFailure.reason(e), e);
        }
    }

    /** Other tasks of the executor may do the same at this moment. */
    private static void link(Path link, Path target) throws IOException {
        try {
            Files.createSymbolicLink(link, target);
        } catch (FileAlreadyExistsException done) {
            // It leads to the same file.
        }
    }
}
