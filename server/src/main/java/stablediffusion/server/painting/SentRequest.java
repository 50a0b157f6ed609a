package stablediffusion.server.painting;

import stablediffusion.GenerationRequest;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

/** Builds requests of what clients send. */
public final class SentRequest {
    private SentRequest() {}

    /**
     * Builds a request. All of it was sent, so that what is wrong in it, as a mask that is all black, is the client's to mend.
     *
     * @throws InvalidRequestException if it is wrong
     */
    public static GenerationRequest build(GenerationRequest.Builder builder) {
        try {
            return builder.build();
        } catch (UserException wrong) {
            throw wrong instanceof InvalidRequestException invalid ? invalid : new InvalidRequestException(wrong.getMessage(), wrong);
        }
    }
}
