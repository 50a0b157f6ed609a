package stablediffusion.server.http;

import org.apache.commons.fileupload.FileItemIterator;
import org.apache.commons.fileupload.FileItemStream;
import org.apache.commons.fileupload.FileUpload;
import org.apache.commons.fileupload.FileUploadException;
import org.apache.commons.fileupload.UploadContext;
import tools.jackson.databind.node.ObjectNode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Holds a form with files ({@code multipart/form-data}). Names of files are not looked at.
 *
 * @param values of fields that are no files, as texts
 * @param files contents, by field, in the order in which they were sent
 */
public record Form(ObjectNode values, Map<String, List<byte[]>> files) {
    private static final int MOST_PARTS = 100;

    static Form read(byte[] body, String contentType) {
        if (!contentType.toLowerCase(Locale.ROOT).startsWith(Route.FORM)) {
            throw new HttpFailure(HttpFailure.BAD_REQUEST, "the body must be a form: Content-Type: " + Route.FORM);
        }
        ObjectNode values = Json.object();
        Map<String, List<byte[]>> files = new LinkedHashMap<>();
        try {
            FileItemIterator parts = new FileUpload().getItemIterator(new Body(body, contentType));
            for (int count = 0; parts.hasNext(); count++) {
                if (count == MOST_PARTS) {
                    throw new HttpFailure(HttpFailure.BAD_REQUEST, "the form has more than " + MOST_PARTS + " parts");
                }
                FileItemStream part = parts.next();
                byte[] content = part.openStream().readAllBytes();
                if (part.isFormField()) {
                    values.put(part.getFieldName(), new String(content, StandardCharsets.UTF_8));
                } else {
                    files.computeIfAbsent(part.getFieldName(), _ -> new ArrayList<>()).add(content);
                }
            }
        } catch (FileUploadException | IOException | IllegalArgumentException broken) {
            throw new HttpFailure(HttpFailure.BAD_REQUEST, "the form cannot be read: " + broken.getMessage(), broken);
        }
        return new Form(values, files);
    }

    private record Body(byte[] bytes, String contentType) implements UploadContext {
        @Override
        public String getCharacterEncoding() {
            return StandardCharsets.UTF_8.name();
        }

        @Override
        public String getContentType() {
            return contentType;
        }

        @Override
        @Deprecated
        public int getContentLength() {
            return bytes.length;
        }

        @Override
        public long contentLength() {
            return bytes.length;
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(bytes);
        }
    }
}
