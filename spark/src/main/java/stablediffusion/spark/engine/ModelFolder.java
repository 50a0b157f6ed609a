package stablediffusion.spark.engine;

import stablediffusion.model.UserException;

import java.io.Serializable;
import java.nio.file.Path;

/** Finds the model on the machine of the executor that asks. Travels with tasks. */
public interface ModelFolder extends Serializable {
    /**
     * Returns the folder of the converted model.
     *
     * @throws UserException if it cannot be brought here
     */
    Path onThisMachine();
}
