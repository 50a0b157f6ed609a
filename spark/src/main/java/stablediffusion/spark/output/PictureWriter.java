package stablediffusion.spark.output;

import java.io.IOException;
import java.io.Serializable;

/** Writes pictures from tasks. */
public final class PictureWriter implements Serializable {
    private final PictureFolder folder;

    PictureWriter(PictureFolder folder) {
        this.folder = folder;
    }

    /**
     * Writes a picture into its folder; one of the same name is replaced.
     *
     * @param attempt unique number of the task's attempt
     */
    public void write(String id, byte[] png, long attempt) throws IOException {
        folder.write(id, png, attempt);
    }
}
