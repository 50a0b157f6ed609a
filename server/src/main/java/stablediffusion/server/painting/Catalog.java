package stablediffusion.server.painting;

import java.util.List;

/** Lists what there is to paint with, at the time of the call. */
public interface Catalog {
    /** Returns the names of models. */
    List<String> models();

    /** Returns the names of LoRAs. */
    List<String> loras();

    /** Returns the names of embeddings. */
    List<String> embeddings();
}
