package stablediffusion.spark.output;

import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.util.SerializableConfiguration;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;

/**
 * Keeps pictures as PNG files in folders by the first two digits of their names, on any file system that Hadoop knows. A file has its name only
 * when it is complete.
 *
 * @param root folder of the output, as a URI
 */
record PictureFolder(String root, SerializableConfiguration configuration) implements Serializable {
    private static final String FOLDER = "pictures";
    /** Begins with an underscore, so that Spark reads no table in it. */
    private static final String UNFINISHED = "_unfinished";

    /** Returns where a picture lies, relative to the output. */
    static String path(String id) {
        return FOLDER + "/" + id.substring(0, 2) + "/" + id + ".png";
    }

    /**
     * Writes a picture; one of the same name is replaced.
     *
     * @param attempt unique number of the task's attempt: two may write the same picture at a time
     */
    void write(String id, byte[] png, long attempt) throws IOException {
        FileSystem files = files();
        Path unfinished = new Path(unfinished(), attempt + "-" + id + ".png");
        try (FSDataOutputStream out = files.create(unfinished, true)) {
            out.write(png);
        }
        Path file = new Path(root, path(id));
        files.mkdirs(file.getParent());
        if (!files.rename(unfinished, file)) {
            // Some file systems replace no file.
            files.delete(file, false);
            if (!files.rename(unfinished, file)) {
                throw new IOException("cannot write " + file);
            }
        }
    }

    /** Returns whether a picture is there and has a checksum. */
    boolean holds(String id, String sha256) throws IOException {
        try (var in = files().open(new Path(root, path(id)))) {
            return Checksum.of(in.readAllBytes()).equals(sha256);
        } catch (FileNotFoundException missing) {
            return false;
        }
    }

    /** Removes what attempts left behind that were killed. */
    void removeUnfinished() throws IOException {
        files().delete(unfinished(), true);
    }

    /** Returns the folder of what is of use to one run only. */
    Path unfinished() {
        return new Path(root, UNFINISHED);
    }

    private FileSystem files() throws IOException {
        return plain(new Path(root).getFileSystem(configuration.value()));
    }

    /** Hadoop would put a hidden file with a checksum beside each file of a local disk. */
    static FileSystem plain(FileSystem files) {
        return files instanceof LocalFileSystem local ? local.getRaw() : files;
    }
}
